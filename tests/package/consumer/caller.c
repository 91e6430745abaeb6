/* A program that allocates nothing itself. */
void overrun(void);

int main(void) {
  overrun();
  return 0;
}
