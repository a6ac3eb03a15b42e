// Writes down, in their order, everything a process does to the files below one folder and
// everything it sends over TLS, so that rebuild.py can tell what a power cut would have left.
//
// cc -O2 -shared -fPIC -o shim.so shim.c -ldl
// POWERLOSS_FOLDER=<absolute folder>/ POWERLOSS_TRACE=<file> LD_PRELOAD=./shim.so command…
//
// A record is: operation (1 byte), number (8 bytes: an offset, a length or a connection), length of
// the name (4), length of the data (4), all least significant byte first, then both. Operations:
//   c made a file   w wrote at an offset   t cut to a length   s synced a file   d synced a folder
//   u removed a name   r renamed (data: the new name)   l linked (data: the new name)
//   n sent over TLS (number: the connection)   p a process began
// Files are named by the path they were opened with; one lock keeps the records in order.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define DESCRIPTORS 65536

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static const char *folder;
static size_t folder_length;
static int trace = -1;
static char *names[DESCRIPTORS];
static char is_folder[DESCRIPTORS];

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)

static void put(char operation, uint64_t number, const char *name, const void *data, size_t length)
{
    if (trace < 0) return;
    unsigned char head[17];
    uint32_t name_length = name ? strlen(name) : 0, data_length = length;
    head[0] = operation;
    memcpy(head + 1, &number, 8);
    memcpy(head + 9, &name_length, 4);
    memcpy(head + 13, &data_length, 4);
    struct iovec parts[3] = {
        {head, sizeof head}, {(void *)name, name_length}, {(void *)data, data_length}};
    size_t whole = sizeof head + name_length + length;
    // By the system call itself, so that this is not recorded too.
    if (syscall(SYS_writev, trace, parts, 3) != (long)whole) abort();
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("POWERLOSS_TRACE");
    folder = getenv("POWERLOSS_FOLDER");
    if (!path || !folder) return;
    folder_length = strlen(folder);
    trace = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (trace < 0) abort();
    put('p', getpid(), NULL, NULL, 0);
}

// SQLite's shared memory is memory, and a lock file is nothing without its process.
static int ends(const char *path, const char *end)
{
    size_t length = strlen(path), tail = strlen(end);
    return length >= tail && !strcmp(path + length - tail, end);
}

static int is_traced(const char *path)
{
    return trace >= 0 && path && !strncmp(path, folder, folder_length) && !ends(path, "-shm")
        && !ends(path, ".lock");
}

// The folder itself is given with or without its last slash.
static int is_traced_folder(const char *path)
{
    return is_traced(path) || (trace >= 0 && path && strlen(path) + 1 == folder_length
        && !strncmp(path, folder, folder_length - 1));
}

static void forget(int descriptor)
{
    if (descriptor < 0 || descriptor >= DESCRIPTORS) return;
    free(names[descriptor]);
    names[descriptor] = NULL;
}

static const char *name_of(int descriptor)
{
    return descriptor >= 0 && descriptor < DESCRIPTORS ? names[descriptor] : NULL;
}

static void note_opened(int descriptor, const char *path, int flags, int existed)
{
    if (descriptor < 0 || descriptor >= DESCRIPTORS) return;
    forget(descriptor);
    struct stat status;
    int folder_opened = !fstat(descriptor, &status) && S_ISDIR(status.st_mode);
    if (!(folder_opened ? is_traced_folder(path) : is_traced(path))) return;
    names[descriptor] = strdup(path);
    is_folder[descriptor] = folder_opened;
    if (folder_opened) return;
    if ((flags & O_CREAT) && !existed) put('c', 0, path, NULL, 0);
    else if (flags & O_TRUNC) put('t', 0, path, NULL, 0);
}

static int exists(const char *path)
{
    struct stat status;
    return !lstat(path, &status);
}

#define OPENING(called, parameters, call)                                   \
    mode_t mode = 0;                                                        \
    if (flags & (O_CREAT | O_TMPFILE)) {                                    \
        va_list rest;                                                       \
        va_start(rest, flags);                                              \
        mode = va_arg(rest, mode_t);                                        \
        va_end(rest);                                                       \
    }                                                                       \
    static int(*real) parameters;                                           \
    if (!real) real = dlsym(RTLD_NEXT, called);                             \
    if (trace < 0) return real call;                                        \
    pthread_mutex_lock(&lock);                                              \
    int existed = exists(path);                                             \
    int descriptor = real call;                                             \
    int error = errno;                                                      \
    note_opened(descriptor, path, flags, existed);                          \
    pthread_mutex_unlock(&lock);                                            \
    errno = error;                                                          \
    return descriptor;

int open(const char *path, int flags, ...)
{
    OPENING("open", (const char *, int, ...), (path, flags, mode))
}

int open64(const char *path, int flags, ...)
{
    OPENING("open64", (const char *, int, ...), (path, flags, mode))
}

int openat(int at, const char *path, int flags, ...)
{
    OPENING("openat", (int, const char *, int, ...), (at, path, flags, mode))
}

int openat64(int at, const char *path, int flags, ...)
{
    OPENING("openat64", (int, const char *, int, ...), (at, path, flags, mode))
}

int mkstemp(char *path)
{
    REAL(mkstemp);
    pthread_mutex_lock(&lock);
    int descriptor = real(path);
    note_opened(descriptor, path, O_CREAT, 0);
    pthread_mutex_unlock(&lock);
    return descriptor;
}

int close(int descriptor)
{
    REAL(close);
    if (trace < 0) return real(descriptor);
    pthread_mutex_lock(&lock);
    forget(descriptor);
    int result = real(descriptor);
    pthread_mutex_unlock(&lock);
    return result;
}

// What is done to a traced descriptor, and what is written down when it succeeded.
#define FILE_CALL(call, record)                                             \
    if (trace < 0 || !name_of(descriptor)) return real call;                \
    pthread_mutex_lock(&lock);                                              \
    __typeof__(real call) result = real call;                               \
    int error = errno;                                                      \
    const char *name = name_of(descriptor);                                 \
    if (result >= 0 && name) { record; }                                    \
    pthread_mutex_unlock(&lock);                                            \
    errno = error;                                                          \
    return result;

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    REAL(write);
    // After the write, because a file opened for appending moves to its end first.
    FILE_CALL((descriptor, bytes, count),
        put('w', lseek(descriptor, 0, SEEK_CUR) - result, name, bytes, result))
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    REAL(pwrite);
    FILE_CALL((descriptor, bytes, count, offset), put('w', offset, name, bytes, result))
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset)
{
    REAL(pwrite64);
    FILE_CALL((descriptor, bytes, count, offset), put('w', offset, name, bytes, result))
}

// Of several parts no program here makes use on its own files; if one does, the trace is worthless.
ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    REAL(writev);
    FILE_CALL((descriptor, parts, count), abort())
}

int ftruncate(int descriptor, off_t length)
{
    REAL(ftruncate);
    FILE_CALL((descriptor, length), put('t', length, name, NULL, 0))
}

int ftruncate64(int descriptor, off64_t length)
{
    REAL(ftruncate64);
    FILE_CALL((descriptor, length), put('t', length, name, NULL, 0))
}

int fsync(int descriptor)
{
    REAL(fsync);
    FILE_CALL((descriptor), put(is_folder[descriptor] ? 'd' : 's', 0, name, NULL, 0))
}

int fdatasync(int descriptor)
{
    REAL(fdatasync);
    FILE_CALL((descriptor), put(is_folder[descriptor] ? 'd' : 's', 0, name, NULL, 0))
}

// What is done to a name.
#define NAME_CALL(path, call, record)                                       \
    if (!is_traced(path)) return real call;                                 \
    pthread_mutex_lock(&lock);                                              \
    int result = real call;                                                 \
    int error = errno;                                                      \
    if (result == 0) { record; }                                            \
    pthread_mutex_unlock(&lock);                                            \
    errno = error;                                                          \
    return result;

int unlink(const char *path)
{
    REAL(unlink);
    NAME_CALL(path, (path), put('u', 0, path, NULL, 0))
}

int unlinkat(int at, const char *path, int flags)
{
    REAL(unlinkat);
    NAME_CALL(path, (at, path, flags), put('u', 0, path, NULL, 0))
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    NAME_CALL(to, (from, to), put('r', 0, from, to, strlen(to)))
}

int renameat(int from_at, const char *from, int to_at, const char *to)
{
    REAL(renameat);
    NAME_CALL(to, (from_at, from, to_at, to), put('r', 0, from, to, strlen(to)))
}

int link(const char *from, const char *to)
{
    REAL(link);
    NAME_CALL(to, (from, to), put('l', 0, from, to, strlen(to)))
}

int linkat(int from_at, const char *from, int to_at, const char *to, int flags)
{
    REAL(linkat);
    NAME_CALL(to, (from_at, from, to_at, to, flags), put('l', 0, from, to, strlen(to)))
}

// What leaves the process: answers to clients and messages to other nodes.
int SSL_write_ex(void *connection, const void *bytes, size_t count, size_t *written)
{
    static int (*real)(void *, const void *, size_t, size_t *);
    if (!real) real = dlsym(RTLD_NEXT, "SSL_write_ex");
    if (trace < 0) return real(connection, bytes, count, written);
    pthread_mutex_lock(&lock);
    int result = real(connection, bytes, count, written);
    int error = errno;
    if (result == 1) put('n', (uint64_t)(uintptr_t)connection, NULL, bytes, *written);
    pthread_mutex_unlock(&lock);
    errno = error;
    return result;
}
