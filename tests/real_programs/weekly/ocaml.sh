#!/bin/bash
# The native compiler, the byte code compiler, and what they make.
# needs: ocamlopt ocamlc
# packages: ocaml-nox
cat >program.ml <<'ML'
module M = Map.Make(String)
let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)
let () =
  let map = ref M.empty in
  for i = 1 to 100000 do let k = "k" ^ string_of_int (i * 7919 mod 5003) in
    map := M.update k (function None -> Some i | Some n -> Some (n + i)) !map done;
  Printf.printf "%d %d\n" (M.cardinal !map) (M.fold (fun _ v a -> a + v) !map 0);
  let big = List.init 200000 (fun i -> Bytes.make (i mod 100) 'x') in
  Printf.printf "%d %d\n" (List.fold_left (fun a b -> a + Bytes.length b) 0 big) (fib 25);
  Gc.compact (); (try failwith "expected" with Failure s -> print_endline s)
ML
ocamlopt program.ml -o native 2>&1 && ./native
ocamlc program.ml -o bytes 2>&1 && ./bytes
echo 'let x : int = "text"' >wrong.ml && ocamlc wrong.ml 2>&1
exit 0
