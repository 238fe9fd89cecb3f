/* A ClickHouse server for tests: the engine's shared library does what the program would.
 *
 *   clickhouse-server LIBRARY ARGUMENT...
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

typedef void *(*run_t)(int, char **);

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: %s LIBRARY ARGUMENT...\n", arguments[0]);
    return 2;
  }
#ifdef __linux__
  /* Whoever started it may be killed before it can stop it. */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  run_t run = library ? (run_t)dlsym(library, "chdb_query_cmdline") : NULL;
  if (!run) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  arguments[1] = "clickhouse";
  run(count - 1, arguments + 1);
  return 0;
}
