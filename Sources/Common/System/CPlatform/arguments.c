#include "blockhaul_arguments.h"

#include <stddef.h>
#include <string.h>

static int argument_count = 0;
static char **arguments = NULL;

// What Swift has is a copy. glibc calls constructors with what main gets; others call them with nothing.
#if defined(__GLIBC__)
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
  argument_count = count;
  arguments = values;
}
#endif

static void overwrite(char *text) {
  // The end of each argument stays where it is: the kernel takes a missing one as a title set anew.
  // volatile, since nobody in this process reads it again.
  for (volatile char *byte = text; *byte != '\0'; byte++) *byte = '*';
}

int blockhaul_hide_argument(const char *flag) {
  int hidden = 0;
  size_t length = strlen(flag);
  for (int index = 1; index < argument_count && arguments[index] != NULL; index++) {
    char *argument = arguments[index];
    if (strncmp(argument, flag, length) != 0) continue;
    if (argument[length] == '=') {
      overwrite(argument + length + 1);
      hidden++;
    } else if (argument[length] == '\0' && index + 1 < argument_count && arguments[index + 1] != NULL) {
      overwrite(arguments[++index]);
      hidden++;
    }
  }
  return hidden;
}
