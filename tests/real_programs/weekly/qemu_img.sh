#!/bin/bash
# Disk images in several formats, written, compressed, converted, compared and checked: coroutines on stacks of their own.
# needs: qemu-img qemu-io
# packages: qemu-utils
seq 2000000 | head -c 8000000 >raw.img
qemu-img convert -q -O qcow2 -c raw.img packed.qcow2 && qemu-img check -q packed.qcow2 && echo checked
qemu-img create -q -f qcow2 -b packed.qcow2 -F qcow2 top.qcow2
for i in {1..40}; do echo "write -P $i $((i * 65536)) 70000"; done | qemu-io top.qcow2 | grep -c wrote
qemu-img snapshot -c one top.qcow2 && qemu-img snapshot -l top.qcow2 | wc -l
qemu-img convert -q -m 8 -W -O raw top.qcow2 flat.img && md5sum <flat.img
for format in vmdk vdi vpc qed; do qemu-img convert -q -f qcow2 -O "$format" top.qcow2 "out.$format" && qemu-img convert -q -f "$format" -O raw "out.$format" "back.$format" && cmp -n 8000000 "back.$format" flat.img && echo "$format"; done
qemu-img compare top.qcow2 flat.img
qemu-img commit -q top.qcow2 && qemu-img convert -q -O raw packed.qcow2 after.img && cmp after.img flat.img && echo same
