#!/bin/bash
# Lists, hash tables, bignums, compilation at run time, conditions, collection.
# needs: sbcl
cat >program.lisp <<'LISP'
(let ((table (make-hash-table :test 'equal)))
  (dotimes (i 100000) (incf (gethash (format nil "k~d" (mod (* i 7919) 5003)) table 0) i))
  (format t "~d ~d~%" (hash-table-count table) (loop for v being the hash-values of table sum v)))
(defun fact (n) (if (= n 0) 1 (* n (fact (1- n)))))
(format t "~d~%" (integer-length (fact 2000)))
(format t "~a~%" (funcall (compile nil '(lambda (x) (loop for i below x sum (* i i)))) 1000))
(format t "~a~%" (handler-case (error "expected") (error (e) (format nil "~a" e))))
(dotimes (i 5) (make-list 500000) (gc))
(format t "~a~%" (handler-case (/ 1 0) (division-by-zero () 'division)))
LISP
sbcl --script program.lisp
echo "sbcl $?"
