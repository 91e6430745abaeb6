#!/bin/bash
# Parsing, formatting, XPath and validation.
# needs: xmllint
# packages: libxml2-utils
{
  echo '<?xml version="1.0"?><!DOCTYPE list [<!ELEMENT list (item*)><!ELEMENT item (#PCDATA)><!ATTLIST item id CDATA #REQUIRED>]><list>'
  for i in {1..3000}; do echo "<item id=\"$i\">text &amp; number $i</item>"; done
  echo '</list>'
} >data.xml
xmllint --noout --valid data.xml && echo valid
xmllint --format data.xml | md5sum
xmllint --xpath 'sum(//item[@id mod 7 = 0]/@id)' data.xml
xmllint --xpath '//item[position() < 4]' data.xml
xmllint --c14n data.xml | md5sum
xmllint --stream --noout data.xml
xmllint --html --xmlout - <<<'<p>not <b>closed' 2>&1
