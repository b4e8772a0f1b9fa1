/* SoftHSM behind a module that says of a wrong PIN that something failed, as some do; each login is a line in the file
   `logins` beside SoftHSM's configuration, and while the file `hide` is there, the token does not say that tries are few. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long word;
struct list {
  unsigned char version[2];
  void *functions[68];
};
enum { GET_FUNCTION_LIST = 3, GET_TOKEN_INFO = 6, LOGIN = 18 };
enum { GENERAL_ERROR = 5, PIN_INCORRECT = 0xA0, FEW_TRIES = 0x10000 };
enum { FLAGS = 96 }; /* within CK_TOKEN_INFO */

static struct list own, *theirs;

static void beside(char *path, size_t size, const char *name) {
  snprintf(path, size, "%s", getenv("SOFTHSM2_CONF"));
  char *end = strrchr(path, '/') + 1;
  snprintf(end, size - (end - path), "%s", name);
}

static word login(word session, word user, unsigned char *pin, word length) {
  char path[4096];
  beside(path, sizeof path, "logins");
  FILE *file = fopen(path, "a");
  fputs("one\n", file);
  fclose(file);
  word result = ((word(*)(word, word, unsigned char *, word))theirs->functions[LOGIN])(session, user, pin, length);
  return result == PIN_INCORRECT ? GENERAL_ERROR : result;
}

static word token_info(word slot, unsigned char *info) {
  char path[4096];
  beside(path, sizeof path, "hide");
  word result = ((word(*)(word, unsigned char *))theirs->functions[GET_TOKEN_INFO])(slot, info);
  if (result == 0 && access(path, F_OK) == 0)
    *(word *)(info + FLAGS) &= ~(word)FEW_TRIES;
  return result;
}

word C_GetFunctionList(struct list **list) {
  void *library = dlopen(SOFTHSM, RTLD_NOW);
  word (*get)(struct list **) = (word(*)(struct list **))dlsym(library, "C_GetFunctionList");
  word result = get(&theirs);
  if (result != 0)
    return result;
  own = *theirs;
  own.functions[GET_FUNCTION_LIST] = (void *)C_GetFunctionList;
  own.functions[GET_TOKEN_INFO] = (void *)token_info;
  own.functions[LOGIN] = (void *)login;
  *list = &own;
  return 0;
}
