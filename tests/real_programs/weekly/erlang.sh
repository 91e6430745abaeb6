#!/bin/bash
# Ten thousand processes that exchange messages, tables, binaries, an error that is caught.
# needs: erl erlc
# packages: erlang-base
cat >work.erl <<'ERL'
-module(work).
-export([main/0]).
worker(Parent) -> receive {N, B} -> Parent ! {done, N, byte_size(B)} end.
main() ->
  Self = self(),
  Pids = [spawn(fun() -> worker(Self) end) || _ <- lists:seq(1, 10000)],
  lists:foldl(fun(P, N) -> P ! {N, binary:copy(<<"x">>, N rem 500)}, N + 1 end, 1, Pids),
  Sum = lists:sum([receive {done, N, S} -> N * S end || _ <- Pids]),
  io:format("~p~n", [Sum]),
  T = ets:new(t, [ordered_set]),
  [ets:insert(T, {I * 7919 rem 10007, integer_to_binary(I)}) || I <- lists:seq(1, 50000)],
  io:format("~p ~p~n", [ets:info(T, size), erlang:phash2(ets:tab2list(T))]),
  io:format("~p~n", [erlang:phash2(lists:sort([rand:uniform_s(1000, rand:seed_s(exsss, I)) || I <- lists:seq(1, 2000)]))]),
  io:format("~p~n", [try error(expected) catch error:E -> E end]),
  halt(0).
ERL
erlc work.erl && erl -noshell -s work main
echo "erl $?"
