#!/bin/bash
# The compiler and a program with threads, collections, streams, a caught NullPointerException and stack overflow.
# needs: javac java
# packages: openjdk-17-jdk-headless
cat >Work.java <<'JAVA'
import java.util.*; import java.util.concurrent.*; import java.util.stream.*;
public class Work {
  static int deep(int n) { return deep(n + 1) + 1; }
  static int length(String text) { return text.length(); }
  public static void main(String[] arguments) throws Exception {
    Map<String, Long> count = new TreeMap<>();
    for (int i = 0; i < 200000; ++i) count.merge("k" + (i * 7919L % 5003), (long) i, Long::sum);
    System.out.println(count.hashCode());
    ExecutorService pool = Executors.newFixedThreadPool(4);
    List<Future<Integer>> parts = new ArrayList<>();
    for (int t = 0; t < 16; ++t) { int n = t; parts.add(pool.submit(() -> IntStream.range(0, 100000).mapToObj(i -> "x".repeat(i % 20) + n).mapToInt(String::hashCode).sum())); }
    for (Future<Integer> part : parts) System.out.println(part.get());
    pool.shutdown();
    int caught = 0;
    for (int i = 0; i < 20000; ++i) try { length(i % 2 == 0 ? null : "x"); } catch (NullPointerException e) { ++caught; }
    System.out.println(caught);
    try { deep(0); } catch (StackOverflowError e) { System.out.println("deep"); }
    List<byte[]> blocks = new ArrayList<>();
    for (int i = 0; i < 3000; ++i) { blocks.add(new byte[i * 10]); if (i % 100 == 0) blocks.clear(); }
    java.util.zip.Deflater deflater = new java.util.zip.Deflater(); deflater.setInput(new byte[100000]); deflater.finish();
    System.out.println(deflater.deflate(new byte[10000])); deflater.end();
  }
}
JAVA
javac Work.java && java -Xmx256m -XX:+UseG1GC Work && java -Xmx256m -Xint -XX:+UseSerialGC Work | md5sum
