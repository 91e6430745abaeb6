#!/bin/bash
# Lists, strings, hash tables, continuations, exceptions, collection.
# needs: guile
# packages: guile-3.0
cat >program.scm <<'SCM'
(use-modules (srfi srfi-1) (ice-9 regex))
(define table (make-hash-table))
(do ((i 0 (1+ i))) ((= i 100000)) (let ((k (string-append "k" (number->string (modulo (* i 7919) 5003))))) (hash-set! table k (+ i (hash-ref table k 0)))))
(display (hash-fold (lambda (k v a) (+ v a)) 0 table)) (newline)
(display (length (filter even? (map (lambda (x) (* x x)) (iota 200000))))) (newline)
(display (call/cc (lambda (k) (for-each (lambda (x) (if (> x 500) (k x))) (iota 1000)) #f))) (newline)
(display (catch 'misc-error (lambda () (error "expected")) (lambda args "caught"))) (newline)
(display (string-length (regexp-substitute/global #f "[0-9]+" (string-join (map number->string (iota 3000)) " ") 'pre "<" 0 ">" 'post))) (newline)
(do ((i 0 (1+ i))) ((= i 5)) (make-list 300000 i) (gc))
SCM
GUILE_AUTO_COMPILE=0 guile -s program.scm
echo "guile $?"
