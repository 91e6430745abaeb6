#!/bin/bash
# A crate with a library, a build script and tests, built, tested and run.
# needs: /usr/bin/cargo /usr/bin/rustc cc
# packages: cargo rustc gcc
export PATH=/usr/bin:/bin CARGO_HOME=$PWD/home CARGO_TERM_COLOR=never
unset RUSTUP_HOME RUSTUP_TOOLCHAIN
mkdir -p work/src && cd work || exit 1
printf '[package]\nname = "work"\nversion = "0.1.0"\nedition = "2021"\nbuild = "build.rs"\n[profile.dev]\ndebug = 0\n' >Cargo.toml
echo 'fn main() { println!("cargo:rustc-env=NUMBER={}", (1..10).sum::<i32>()); }' >build.rs
cat >src/lib.rs <<'RUST'
use std::collections::BTreeMap;
pub fn count(n: u64) -> BTreeMap<String, u64> { let mut map = BTreeMap::new(); for i in 0..n { *map.entry(format!("k{}", i * 7919 % 5003)).or_insert(0) += i; } map }
#[cfg(test)] mod tests { #[test] fn counts() { assert_eq!(super::count(10).values().sum::<u64>(), 45); } #[test] #[should_panic] fn panics() { panic!("expected"); } }
RUST
cat >src/main.rs <<'RUST'
use std::{sync::mpsc, thread};
fn main() {
    println!("{} {}", env!("NUMBER"), work::count(100000).values().sum::<u64>());
    let (send, receive) = mpsc::channel();
    for n in 0..4 { let send = send.clone(); thread::spawn(move || for i in 0..1000 { send.send("x".repeat((n * i) % 100)).unwrap(); }); }
    drop(send);
    println!("{}", receive.iter().map(|s: String| s.len()).sum::<usize>());
}
RUST
cargo build -q --offline 2>&1 && ./target/debug/work
cargo test -q --offline 2>&1 | grep -v -e '^$' -e 'finished in' | sort | uniq -c
cargo test -q --offline 2>&1 | grep -c 'test result: ok'
cargo build -q --offline --release 2>&1 && ./target/release/work
echo 'fn main() { let x: i32 = "text"; }' >src/main.rs && cargo build -q --offline 2>&1 | grep -c 'mismatched types'
exit 0
