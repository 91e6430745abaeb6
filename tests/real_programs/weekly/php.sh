#!/bin/bash
# Arrays, strings, closures, generators, fibers, regular expressions, JSON, SQLite, exceptions, collection of cycles.
# needs: php
# packages: php-cli php-sqlite3
cat >program.php <<'PHP'
<?php
$count = []; $seed = 42;
for ($i = 0; $i < 200000; ++$i) { $seed = ($seed * 1103515245 + 12345) % 2147483648; $key = 'k' . $seed % 5000; $count[$key] = ($count[$key] ?? 0) + $i; }
ksort($count); echo md5(serialize($count)), "\n";
function produce($n) { for ($i = 0; $i < $n; ++$i) yield str_repeat('x', $i % 100) => $i; }
$sum = 0; foreach (produce(20000) as $k => $v) $sum += strlen($k) * $v; echo $sum, "\n";
$total = 0;
for ($f = 0; $f < 500; ++$f) {
  $fiber = new Fiber(function (int $n) { $list = []; for ($i = 0; $i < 20; ++$i) { $list[] = str_repeat('f', $n + $i); $n = Fiber::suspend(strlen(implode('', $list))); } return $n; });
  $value = $fiber->start($f); while (!$fiber->isTerminated()) { $total += $value; $value = $fiber->resume($value % 50); }
}
echo $total, "\n";
$text = implode(' ', array_map(fn($i) => "item-$i;", range(1, 20000)));
echo preg_match_all('/item-(\d*7)\b/', $text, $m), ' ', md5(preg_replace_callback('/\d+/', fn($m) => $m[0] * 2, $text)), "\n";
echo md5(json_encode(json_decode(json_encode(array_map(fn($i) => ['id' => $i, 'list' => range(0, $i % 30)], range(1, 5000))), true))), "\n";
$base = new PDO('sqlite::memory:'); $base->exec('create table t(id integer primary key, name text)');
$insert = $base->prepare('insert into t(name) values(?)'); for ($i = 0; $i < 10000; ++$i) $insert->execute(["n" . $i % 977]);
print_r($base->query("select count(*), max(name) from t where name like 'n1%'")->fetch(PDO::FETCH_NUM));
for ($i = 0; $i < 50000; ++$i) { $a = new stdClass; $a->self = $a; $a->text = "t$i"; } echo gc_collect_cycles() > 0 ? "cycles\n" : "none\n";
try { intdiv(1, 0); } catch (DivisionByZeroError $e) { echo get_class($e), ' ', $e->getMessage(), "\n"; }
echo strlen(shell_exec('echo from a shell')), "\n";
PHP
php program.php
echo "php $?"
