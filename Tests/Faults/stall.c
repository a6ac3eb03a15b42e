// Preloaded: while the file named by ACCREDIT_STALL exists, every sync takes two seconds.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int stalled(int fd, const char *name) {
    const char *file = getenv("ACCREDIT_STALL");
    if (file && access(file, F_OK) == 0) sleep(2);
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    return real(fd);
}

int fsync(int fd) { return stalled(fd, "fsync"); }
int fdatasync(int fd) { return stalled(fd, "fdatasync"); }
