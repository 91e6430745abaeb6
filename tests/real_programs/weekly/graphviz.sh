#!/bin/bash
# Layouts of a graph of 300 nodes by four engines.
# needs: dot neato fdp circo
# packages: graphviz
{
  echo 'digraph g { node [shape=box];'
  for i in {1..300}; do echo "n$i -> n$((i * 7 % 300 + 1)); n$i [label=\"node $i\"];"; ((i % 3)) || echo "n$i -> n$((i / 3 + 1)) [label=\"edge\"];"; done
  echo '}'
} >graph.dot
dot -Tplain graph.dot | md5sum
dot -Tsvg graph.dot | wc -l
head -n 80 graph.dot | sed '$a}' >small.dot
neato -Tplain small.dot | md5sum
circo -Tplain small.dot | md5sum
fdp -Tplain small.dot | wc -l
dot -Tpng small.dot | head -c 4 | tail -c 3
echo 'digraph {' | dot 2>&1
echo " $?"
