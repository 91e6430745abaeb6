#!/bin/bash
# A program with maps, laziness, threads and exceptions is compiled, with optimization and without, and run.
# needs: ghc
cat >Main.hs <<'HS'
module Main where
import Control.Concurrent
import Control.Exception
import qualified Data.Map.Strict as M
import Data.List (foldl')
main :: IO ()
main = do
  let counts = foldl' (\m i -> M.insertWith (+) ("k" ++ show (i * 7919 `mod` 5003)) i m) M.empty [1 .. 50000 :: Int]
  print (M.size counts, sum (M.elems counts))
  done <- newEmptyMVar
  mapM_ (\n -> forkIO (putMVar done $! sum [i * n | i <- [1 .. 10000 :: Int]])) [1 .. 50]
  results <- mapM (const (takeMVar done)) [1 .. 50 :: Int]
  print (sum results)
  r <- try (evaluate (1 `div` (0 :: Int))) :: IO (Either ArithException Int)
  print r
  print (length (show (product [1 .. 2000 :: Integer])))
HS
ghc -v0 -O0 Main.hs -o plain && ./plain
rm -f Main.hi Main.o
ghc -v0 -O1 -threaded Main.hs -o threaded && ./threaded +RTS -N2
echo 'main = putStrLn (1 :: Int)' >Wrong.hs && ghc -v0 Wrong.hs 2>&1 | grep -c 'Couldn'
exit 0
