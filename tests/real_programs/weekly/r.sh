#!/bin/bash
# Vectors, data frames, regressions, closures, strings, collection.
# needs: Rscript
# packages: r-base-core
# shellcheck disable=SC2016
Rscript --vanilla -e '
d <- data.frame(g = (1:20000 * 7919) %% 101, x = (1:20000 * 31) %% 997); d$y <- d$x * 2 + d$g
print(head(aggregate(x ~ g, d, mean), 3)); print(round(coef(lm(y ~ x + factor(g %% 3), d)), 4))
s <- paste0("item-", 1:20000, ";"); print(sum(grepl("7;", s))); print(nchar(paste(gsub("[0-9]+", "<n>", s), collapse = "")))
e <- new.env(); for (i in 1:20000) { k <- paste0("k", (i * 7919) %% 503); assign(k, i + get0(k, e, ifnotfound = 0), e) }; print(length(ls(e)))
f <- function(n) if (n < 2) n else f(n - 1) + f(n - 2); print(f(18)); print(sum(sapply(1:2000, function(i) length(rev(seq_len(i)))))); invisible(gc())
m <- matrix((1:10000 * 7919) %% 1009, 100); print(round(sum(svd(m)$d), 3)); print(tryCatch(stop("expected"), error = conditionMessage))'
echo "R $?"
