#!/bin/bash
# Arithmetic, bit vectors, arrays and quantifiers.
# needs: z3
cat >problem.smt2 <<'SMT'
(declare-const x Int) (declare-const y Int) (push) (assert (and (> x 3) (= (+ (* 2 x) (* 3 y)) 47) (< y x))) (check-sat) (pop)
(declare-const a (_ BitVec 16)) (declare-const b (_ BitVec 16)) (push) (assert (and (= (bvmul a b) #x7ab5) (bvugt a #x0001) (bvugt b #x0001))) (check-sat) (pop)
(declare-fun f (Int) Int) (push) (assert (forall ((n Int)) (> (f (+ n 1)) (f n)))) (assert (< (f 10) (f 3))) (check-sat) (pop)
(declare-const m (Array Int Int)) (push) (assert (not (= (select (store (store m 1 2) 3 4) 1) 2))) (check-sat) (pop)
SMT
{
  cat problem.smt2
  for i in {1..8}; do for j in {1..8}; do echo "(declare-const q$i$j Bool)"; done; done
  for i in {1..8}; do
    echo "(assert ((_ at-least 1) $(printf "q$i%d " {1..8}))) (assert ((_ at-most 1) $(printf "q$i%d " {1..8}))) (assert ((_ at-most 1) $(printf "q%d$i " {1..8})))"
    for j in {1..8}; do for k in {1..7}; do ((i + k > 8 || j + k > 8)) || echo "(assert (not (and q$i$j q$((i + k))$((j + k)))))"; ((i + k > 8 || j - k < 1)) || echo "(assert (not (and q$i$j q$((i + k))$((j - k)))))"; done; done
  done
  echo '(check-sat)'
} >all.smt2
z3 all.smt2
echo "z3 $?"
