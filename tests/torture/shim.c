/* Stands between a program and the disk (LD_PRELOAD): sees every change below one folder, and does as it is told.

   shim.py compiles it, and shares `struct orders` with every process that has inherited it. Changes are numbered from 1
   on, those of all processes together, one at a time: so "the 300th change" is one point of a run, and the journal, in
   which each change is written with its data, is in the order in which the disk saw them.

   Real calls are made by syscall(), which cannot come back here. What copies inside the kernel is refused, so that the
   caller falls back to write(); what is changed through mmap() is not seen (SQLite's -shm, which nobody needs again). */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The numbers are those of shim.py. */
enum kind { OPEN, CREATE, WRITE, TRUNCATE, SYNC, RENAME, LINK, UNLINK, MKDIR, RMDIR };
enum deed { NOTHING, KILL_BEFORE, KILL_AFTER, FAIL, WRITE_HALF };

struct orders {
    uint64_t done;        /* changes that were begun so far */
    uint64_t struck;      /* to how many of them the deed was done */
    uint64_t first, last; /* the deed is done to the changes with these numbers */
    uint32_t kinds;       /* and of these kinds: 1 << kind, added up */
    uint32_t deed;
    int32_t error;        /* errno, for FAIL */
};

/* A line of the journal; both paths and the data follow it. */
struct entry {
    uint64_t number, offset, size;
    uint32_t kind, process, path_bytes, target_bytes;
};

struct change {
    enum kind kind;
    char path[PATH_MAX], target[PATH_MAX]; /* of RENAME and LINK: from where and to where */
    const void *data;
    uint64_t offset, size; /* of TRUNCATE, `size` is what the file has afterwards */
    uint64_t number;
    enum deed deed;
    int turn; /* the descriptor by which this change holds the lock */
};

static const char *root, *orders_path;
static size_t root_bytes;
static struct orders *orders;
static int journal = -1;

__attribute__((constructor)) static void begin(void)
{
    root = getenv("TORTURE_ROOT");
    orders_path = getenv("TORTURE_ORDERS");
    const char *journal_path = getenv("TORTURE_JOURNAL");
    if (!root || !orders_path || !journal_path)
        return;
    root_bytes = strlen(root);
    int file = syscall(SYS_openat, AT_FDCWD, orders_path, O_RDWR | O_CLOEXEC, 0);
    void *shared = mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    syscall(SYS_close, file);
    journal = syscall(SYS_openat, AT_FDCWD, journal_path, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
    if (shared == MAP_FAILED || journal < 0)
        abort();
    orders = shared;
}

static bool below_root(const char *path)
{
    return !strncmp(path, root, root_bytes) && (path[root_bytes] == '/' || !path[root_bytes]);
}

/* Whether an open file lies below the folder; finds its path. */
static bool watches_file(int file, char *path)
{
    if (!orders)
        return false;
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    int fault = errno;
    ssize_t bytes = readlink(link, path, PATH_MAX - 1);
    errno = fault;
    if (bytes < 0)
        return false;
    path[bytes] = 0;
    return below_root(path);
}

/* Whether a name lies below the folder; finds its full path. */
static bool watches_name(int folder, const char *name, char *path)
{
    if (!orders)
        return false;
    if (name[0] == '/')
        return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX && below_root(path);
    char base[PATH_MAX];
    if (folder == AT_FDCWD ? !getcwd(base, sizeof base) || !below_root(base) : !watches_file(folder, base))
        return false;
    return snprintf(path, PATH_MAX, "%s/%s", base, name) < PATH_MAX;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* Wait for this change's turn and number it. Says whether it is to be made; if not, errno is set. */
static bool enter(struct change *change)
{
    change->turn = syscall(SYS_openat, AT_FDCWD, orders_path, O_RDWR | O_CLOEXEC, 0);
    flock(change->turn, LOCK_EX);
    change->number = ++orders->done;
    bool meant = orders->first <= change->number && change->number <= orders->last;
    change->deed = meant && orders->kinds & 1u << change->kind ? orders->deed : NOTHING;
    if (change->deed == NOTHING)
        return true;
    orders->struck++;
    if (change->deed == KILL_BEFORE)
        die();
    if (change->deed == WRITE_HALF)
        change->size -= change->size / 2;
    errno = orders->error;
    return change->deed != FAIL;
}

static void write_down(const struct change *change)
{
    struct entry entry = {change->number,         change->offset,       change->size,          change->kind,
                          (uint32_t)getpid(), strlen(change->path), strlen(change->target)};
    struct iovec parts[] = {{&entry, sizeof entry},
                            {(void *)change->path, entry.path_bytes},
                            {(void *)change->target, entry.target_bytes},
                            {(void *)change->data, change->data ? change->size : 0}};
    size_t bytes = 0;
    for (int part = 0; part < 4; part++)
        bytes += parts[part].iov_len;
    if (syscall(SYS_writev, journal, parts, 4) != (long)bytes)
        abort();
}

/* Write a change down that was made, and let the next one begin. Gives `result` back, and leaves errno as it is. */
static long leave(struct change *change, long result)
{
    int fault = errno;
    if (result >= 0)
        write_down(change);
    if (change->deed == KILL_AFTER)
        die();
    flock(change->turn, LOCK_UN);
    syscall(SYS_close, change->turn);
    errno = fault;
    return result;
}

static int open_at(int folder, const char *name, int flags, mode_t mode)
{
    struct change change = {.kind = OPEN};
    bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);
    if (!writes || !watches_name(folder, name, change.path))
        return syscall(SYS_openat, folder, name, flags, mode);
    struct stat status;
    int fault = errno;
    if (fstatat(folder, name, &status, 0))
        change.kind = flags & O_CREAT ? CREATE : OPEN;
    else if (flags & O_TRUNC)
        change.kind = TRUNCATE;
    errno = fault;
    return leave(&change, enter(&change) ? syscall(SYS_openat, folder, name, flags, mode) : -1);
}

#define WITH_MODE(flags, mode)                                                                                         \
    mode_t mode = 0;                                                                                                   \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                                           \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode = va_arg(rest, mode_t);                                                                                   \
        va_end(rest);                                                                                                  \
    }

int open(const char *name, int flags, ...)
{
    WITH_MODE(flags, mode)
    return open_at(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    WITH_MODE(flags, mode)
    return open_at(AT_FDCWD, name, flags, mode);
}

int openat(int folder, const char *name, int flags, ...)
{
    WITH_MODE(flags, mode)
    return open_at(folder, name, flags, mode);
}

int openat64(int folder, const char *name, int flags, ...)
{
    WITH_MODE(flags, mode)
    return open_at(folder, name, flags, mode);
}

ssize_t write(int file, const void *data, size_t size)
{
    struct change change = {.kind = WRITE, .data = data, .size = size};
    if (!watches_file(file, change.path))
        return syscall(SYS_write, file, data, size);
    long written = enter(&change) ? syscall(SYS_write, file, data, change.size) : -1;
    if (written >= 0) {
        change.size = written;
        change.offset = lseek(file, 0, SEEK_CUR) - written;
    }
    return leave(&change, written);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t offset)
{
    struct change change = {.kind = WRITE, .data = data, .size = size, .offset = offset};
    if (!watches_file(file, change.path))
        return syscall(SYS_pwrite64, file, data, size, offset);
    long written = enter(&change) ? syscall(SYS_pwrite64, file, data, change.size, offset) : -1;
    if (written >= 0)
        change.size = written;
    return leave(&change, written);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset)
{
    return pwrite(file, data, size, offset);
}

/* Writing less than was asked is allowed, and callers go on with the rest. */
ssize_t writev(int file, const struct iovec *parts, int count)
{
    char path[PATH_MAX];
    if (!watches_file(file, path))
        return syscall(SYS_writev, file, parts, count);
    while (count > 1 && !parts->iov_len)
        parts++, count--;
    return count ? write(file, parts->iov_base, parts->iov_len) : 0;
}

static int truncate_to(int file, off_t size)
{
    struct change change = {.kind = TRUNCATE, .size = size};
    if (!watches_file(file, change.path))
        return syscall(SYS_ftruncate, file, size);
    return leave(&change, enter(&change) ? syscall(SYS_ftruncate, file, size) : -1);
}

int ftruncate(int file, off_t size)
{
    return truncate_to(file, size);
}

int ftruncate64(int file, off64_t size)
{
    return truncate_to(file, size);
}

static int sync_by(long call, int file)
{
    struct change change = {.kind = SYNC};
    if (!watches_file(file, change.path))
        return syscall(call, file);
    return leave(&change, enter(&change) ? syscall(call, file) : -1);
}

int fsync(int file)
{
    return sync_by(SYS_fsync, file);
}

int fdatasync(int file)
{
    return sync_by(SYS_fdatasync, file);
}

int renameat2(int from, const char *name, int to, const char *new_name, unsigned flags)
{
    struct change change = {.kind = RENAME};
    if (!watches_name(to, new_name, change.target) & !watches_name(from, name, change.path))
        return syscall(SYS_renameat2, from, name, to, new_name, flags);
    return leave(&change, enter(&change) ? syscall(SYS_renameat2, from, name, to, new_name, flags) : -1);
}

int renameat(int from, const char *name, int to, const char *new_name)
{
    return renameat2(from, name, to, new_name, 0);
}

int rename(const char *name, const char *new_name)
{
    return renameat2(AT_FDCWD, name, AT_FDCWD, new_name, 0);
}

int linkat(int from, const char *name, int to, const char *new_name, int flags)
{
    struct change change = {.kind = LINK};
    if (!watches_name(to, new_name, change.target) & !watches_name(from, name, change.path))
        return syscall(SYS_linkat, from, name, to, new_name, flags);
    return leave(&change, enter(&change) ? syscall(SYS_linkat, from, name, to, new_name, flags) : -1);
}

int link(const char *name, const char *new_name)
{
    return linkat(AT_FDCWD, name, AT_FDCWD, new_name, 0);
}

int unlinkat(int folder, const char *name, int flags)
{
    struct change change = {.kind = flags & AT_REMOVEDIR ? RMDIR : UNLINK};
    if (!watches_name(folder, name, change.path))
        return syscall(SYS_unlinkat, folder, name, flags);
    return leave(&change, enter(&change) ? syscall(SYS_unlinkat, folder, name, flags) : -1);
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name)
{
    return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

int mkdirat(int folder, const char *name, mode_t mode)
{
    struct change change = {.kind = MKDIR};
    if (!watches_name(folder, name, change.path))
        return syscall(SYS_mkdirat, folder, name, mode);
    return leave(&change, enter(&change) ? syscall(SYS_mkdirat, folder, name, mode) : -1);
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

static ssize_t refuse(void)
{
    errno = EINVAL;
    return -1;
}

ssize_t sendfile(int to, int from, off_t *offset, size_t size)
{
    char path[PATH_MAX];
    return watches_file(to, path) ? refuse() : syscall(SYS_sendfile, to, from, offset, size);
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t size)
{
    return sendfile(to, from, offset, size);
}

ssize_t copy_file_range(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t size, unsigned flags)
{
    char path[PATH_MAX];
    return watches_file(to, path) ? refuse()
                                  : syscall(SYS_copy_file_range, from, from_offset, to, to_offset, size, flags);
}
