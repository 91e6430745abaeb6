#!/bin/bash
# Backtracking, assertions, atoms and their collection, threads, exceptions.
# needs: swipl
# packages: swi-prolog-nox
cat >work.pl <<'PL'
queens(N, Qs) :- numlist(1, N, L), permutation(L, Qs), safe(Qs), !.
safe([]). safe([Q|Qs]) :- apart(Q, Qs, 1), safe(Qs).
apart(_, [], _). apart(Q, [P|Ps], D) :- abs(Q - P) =\= D, D1 is D + 1, apart(Q, Ps, D1).
:- dynamic seen/2.
main :- queens(7, Qs), print(Qs), nl,
  forall(between(1, 20000, I), (K is I * 7919 mod 5003, atom_concat(k, K, A), assertz(seen(A, I)))),
  aggregate_all(count, A, seen(A, _), C), print(C), nl, garbage_collect_atoms, garbage_collect,
  findall(T, (between(1, 4, N), thread_create((numlist(1, 20000, L), sum_list(L, S), X is S * N, thread_exit(X)), T)), Ts),
  forall(member(T, Ts), (thread_join(T, R), print(R), nl)),
  catch(atom_length(_, _), error(E, _), (print(E), nl)), X is 3 ** 2000 mod 1000007, print(X), nl.
PL
swipl -q -g main -t halt work.pl
echo "swipl $?"
