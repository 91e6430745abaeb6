#!/bin/bash
# A program with cgo is built and run: C allocates, Go calls C from many goroutines, C calls back, a nil is caught.
# needs: go gcc
# packages: golang-go gcc
export GOPATH=$PWD/go GOCACHE=$PWD/cache GO111MODULE=off GOFLAGS=-p=2
mkdir program
cat >program/repeat.c <<'C'
#include "_cgo_export.h"
#include <stdlib.h>
#include <string.h>
char* repeat(char* text, int n) {
  size_t length = strlen(text);
  char* all = malloc(length * n + 1);
  all[0] = 0;
  for (int i = 0; i < n; ++i) memcpy(all + i * length, text, length + 1);
  return all;
}
int call_back(int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i) sum += goTwice(i);
  return sum;
}
C
cat >program/work.go <<'GO'
package main

/*
#include <stdlib.h>
char* repeat(char* text, int n);
int call_back(int n);
*/
import "C"

import (
	"fmt"
	"sync"
	"unsafe"
)

//export goTwice
func goTwice(n C.int) C.int {
	text := C.CString("called back")
	defer C.free(unsafe.Pointer(text))
	return 2 * n
}

func main() {
	var group sync.WaitGroup
	lengths := make([]int, 64)
	for g := range lengths {
		group.Add(1)
		go func(g int) {
			defer group.Done()
			for i := 0; i < 300; i++ {
				text := C.CString("text")
				all := C.repeat(text, C.int(i%40+g))
				lengths[g] += len(C.GoString(all))
				C.free(unsafe.Pointer(all))
				C.free(unsafe.Pointer(text))
			}
		}(g)
	}
	group.Wait()
	sum := 0
	for _, n := range lengths {
		sum += n
	}
	fmt.Println(sum, C.call_back(1000))
	defer func() { fmt.Println("recovered:", recover()) }()
	var none *int
	fmt.Println(*none)
}
GO
go build -o work ./program && ./work
