#!/bin/bash
# Hashes, strings, blocks, fibers, threads, regular expressions, JSON, collection.
# needs: ruby
cat >program.rb <<'RUBY'
require 'json'
require 'digest'
count = Hash.new(0); seed = 42
200_000.times { |i| seed = (seed * 1103515245 + 12345) % 2147483648; count["k#{seed % 5000}"] += i }
puts Digest::MD5.hexdigest(count.sort.inspect)
fibers = (1..200).map { |n| Fiber.new { 50.times { |i| Fiber.yield("x" * (n + i)) }; nil } }
total = 0
while fibers.any? do fibers.select! { |f| (s = f.resume) && total += s.size } end
puts total
queue = Queue.new
threads = 4.times.map { |n| Thread.new { 2000.times { |i| queue << "#{n}-#{i}" } } }
threads.each(&:join); puts queue.size
puts Digest::MD5.hexdigest(JSON.generate(JSON.parse(JSON.generate((1..5000).map { |i| { id: i, list: (0..i % 30).to_a } }))))
text = (1..20000).map { |i| "item-#{i};" }.join(' ')
puts text.scan(/item-(\d*7);/).size, Digest::MD5.hexdigest(text.gsub(/\d+/) { |m| (m.to_i * 2).to_s })
5.times { (1..50_000).map { |i| [i, i.to_s] }; GC.start }
def deep(n) n == 0 ? [] : [n, *deep(n - 1)] end
puts deep(1500).size
begin; def endless(n) endless(n + 1) end; endless(0); rescue SystemStackError => e; puts e.class; end
puts `echo from a shell`
RUBY
ruby program.rb
