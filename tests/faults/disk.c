/* A disk that fails while a file says so: preloaded, it stands before the C library.

   FAULT_CONTROL names the file; its first letter is e (fsync gives EIO), s (fsync takes
   500 ms), f (writing gives ENOSPC) or r (opening to write gives EROFS). Writing and
   opening fail only below FAULT_ROOT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static char mode(void)
{
    const char *name = getenv("FAULT_CONTROL");
    char letter = 0;
    int kept = errno;
    long file = name ? syscall(SYS_openat, AT_FDCWD, name, O_RDONLY) : -1;
    if (file >= 0) {
        if (syscall(SYS_read, (int)file, &letter, 1) != 1)
            letter = 0;
        syscall(SYS_close, (int)file);
    }
    errno = kept;
    return letter;
}

static int is_below(const char *path)
{
    const char *root = getenv("FAULT_ROOT");
    return root && !strncmp(path, root, strlen(root));
}

static int is_ours(int file)
{
    char link[64], path[PATH_MAX + 1];
    ssize_t size;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    size = readlink(link, path, PATH_MAX);
    if (size < 0)
        return 0;
    path[size] = 0;
    return is_below(path);
}

static int syncs(const char *name, int file)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    char now = mode();
    if (now == 'e') {
        errno = EIO;
        return -1;
    }
    if (now == 's') {
        struct timespec half = {0, 500 * 1000 * 1000};
        nanosleep(&half, 0);
    }
    return real(file);
}

int fsync(int file) { return syncs("fsync", file); }
int fdatasync(int file) { return syncs("fdatasync", file); }

static int is_full(int file)
{
    if (mode() != 'f' || !is_ours(file))
        return 0;
    errno = ENOSPC;
    return 1;
}

ssize_t write(int file, const void *data, size_t size)
{
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    return is_full(file) ? -1 : real(file, data, size);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at)
{
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    return is_full(file) ? -1 : real(file, data, size, at);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at)
{
    ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
    return is_full(file) ? -1 : real(file, data, size, at);
}

static int opens(const char *name, int folder, const char *path, int flags, mode_t how)
{
    int (*real)(int, const char *, int, ...) =
        (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, name);
    int writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT;
    if (writes && mode() == 'r'
        && (path[0] == '/' ? is_below(path) : folder >= 0 && is_ours(folder))) {
        errno = EROFS;
        return -1;
    }
    return real(folder, path, flags, how);
}

#define HOW(flags) \
    mode_t how = 0; \
    va_list rest; \
    va_start(rest, flags); \
    if (flags & (O_CREAT | __O_TMPFILE)) \
        how = va_arg(rest, mode_t); \
    va_end(rest)

int openat64(int folder, const char *path, int flags, ...)
{
    HOW(flags);
    return opens("openat64", folder, path, flags, how);
}

int openat(int folder, const char *path, int flags, ...)
{
    HOW(flags);
    return opens("openat", folder, path, flags, how);
}

int open64(const char *path, int flags, ...)
{
    HOW(flags);
    return opens("openat64", AT_FDCWD, path, flags, how);
}

int open(const char *path, int flags, ...)
{
    HOW(flags);
    return opens("openat", AT_FDCWD, path, flags, how);
}
