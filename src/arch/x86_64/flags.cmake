# The seal is a CRC-32C: one instruction since x86-64-v2 (2009).
set(PADLOCK_ARCH_FLAGS -msse4.2)
