#!/bin/bash
# Batch Lisp: buffers, regular expressions, sorting, hash tables, byte compilation, indentation.
# needs: emacs
# packages: emacs-nox
cat >work.el <<'LISP'
(require 'cl-lib)
(defun fill-table (n) (let ((table (make-hash-table :test 'equal))) (dotimes (i n table) (cl-incf (gethash (format "k%d" (% (* i 7919) 1009)) table 0) i))))
(let ((sum 0)) (maphash (lambda (_ v) (setq sum (+ sum v))) (fill-table 100000)) (princ (format "%d\n" sum)))
(with-temp-buffer
  (dotimes (i 5000) (insert (format "line %d of text\n" i)))
  (goto-char (point-min))
  (while (re-search-forward "line \\([0-9]*7\\)" nil t) (replace-match "row \\1"))
  (sort-lines nil (point-min) (point-max))
  (princ (format "%s\n" (md5 (buffer-string)))))
(with-temp-buffer
  (insert "int main(void){\nfor(int i=0;i<3;i++){\nif(i)\nputs(\"x\");\n}\n}\n")
  (c-mode) (indent-region (point-min) (point-max)) (princ (buffer-string)))
(dotimes (_ 20) (garbage-collect))
LISP
emacs --batch -Q -l work.el 2>/dev/null
emacs --batch -Q -f batch-byte-compile work.el 2>/dev/null
echo "compiled $?"
