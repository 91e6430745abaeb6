#!/bin/bash
# A second of hashing and ciphers (speeds are not compared), and exact results.
# needs: openssl
openssl speed -seconds 1 -bytes 8192 -evp sha256 >/dev/null 2>&1
echo "speed $?"
openssl speed -seconds 1 -bytes 8192 -multi 2 -evp aes-128-gcm >/dev/null 2>&1
echo "speed of two $?"
seq 1 100000 | openssl dgst -sha512
seq 1 1000 | openssl enc -aes-256-cbc -pbkdf2 -S 0011223344556677 -k secret | openssl enc -d -aes-256-cbc -pbkdf2 -S 0011223344556677 -k secret | md5sum
openssl genrsa 2048 2>/dev/null >key.pem && openssl rsa -in key.pem -check -noout 2>&1
openssl req -x509 -key key.pem -subj /CN=test -days 1 -out certificate.pem 2>/dev/null && openssl verify -CAfile certificate.pem certificate.pem
