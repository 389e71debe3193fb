"""Between a process and libc: a wrong clock, a slow share, directory listings that are late by seconds.

A small C library is compiled at the start and loaded with LD_PRELOAD. The clock is set per process by the variable
CHAOS_SKEW_S; slowness (milliseconds per flush or rename) and lateness (milliseconds for which a new name below
CHAOS_SHARE is not listed) stand in a small file that all processes map, and can change at any time. So does a count of
steps after which a process with the variable CHAOS_MORTAL is killed: flushes, renames, removals, new folders, sends.
Where no C compiler is found, these faults are left out.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

_SOURCE = r"""
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int64_t skew_ns;
static const char *share;
static volatile int32_t *orders;   /* [0] slow ms, [1] late ms, [2] steps that mortals have left, 0 = no end */
static int is_mortal;
static int (*real_clock)(clockid_t, struct timespec *);
static int (*real_fsync)(int);
static int (*real_rename)(const char *, const char *);
static int (*real_unlink)(const char *);
static int (*real_mkdir)(const char *, mode_t);
static ssize_t (*real_send)(int, const void *, size_t, int);
static struct dirent64 *(*real_readdir64)(DIR *);

__attribute__((constructor)) static void begin(void) {
  real_clock = dlsym(RTLD_NEXT, "clock_gettime");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_rename = dlsym(RTLD_NEXT, "rename");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  real_mkdir = dlsym(RTLD_NEXT, "mkdir");
  real_send = dlsym(RTLD_NEXT, "send");
  real_readdir64 = dlsym(RTLD_NEXT, "readdir64");
  is_mortal = getenv("CHAOS_MORTAL") != 0;
  const char *skew = getenv("CHAOS_SKEW_S");
  if (skew) skew_ns = (int64_t)(atof(skew) * 1e9);
  share = getenv("CHAOS_SHARE");
  const char *path = getenv("CHAOS_SEAM");
  int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file >= 0) {
    void *mapped = mmap(0, 12, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) orders = mapped;
    close(file);
  }
}

static void step(void) {
  if (is_mortal && orders && orders[2] > 0 && __sync_sub_and_fetch(&orders[2], 1) == 0) kill(getpid(), SIGKILL);
}
static void drag(void) {
  step();
  if (orders && orders[0] > 0) usleep(orders[0] * 1000);
}

int clock_gettime(clockid_t id, struct timespec *at) {
  int answer = real_clock(id, at);
  if (!answer && skew_ns && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
    int64_t now = at->tv_sec * 1000000000LL + at->tv_nsec + skew_ns;
    at->tv_sec = now / 1000000000LL;
    at->tv_nsec = now % 1000000000LL;
  }
  return answer;
}
int gettimeofday(struct timeval *at, void *zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
int fsync(int file) { drag(); return real_fsync(file); }
int rename(const char *from, const char *to) { drag(); return real_rename(from, to); }
int unlink(const char *path) { step(); return real_unlink(path); }
int mkdir(const char *path, mode_t mode) { step(); return real_mkdir(path, mode); }
ssize_t send(int socket, const void *data, size_t size, int flags) {
  step();
  return real_send(socket, data, size, flags);
}

static int is_hidden(DIR *folder, const char *name) {
  char link[64], path[4096];
  struct statx found;
  struct timespec now;
  if (!orders || orders[1] <= 0 || !share || name[0] == '.') return 0;
  int fd = dirfd(folder);
  strcpy(link, "/proc/self/fd/");
  char digits[16]; int n = 0, value = fd;
  do { digits[n++] = '0' + value % 10; value /= 10; } while (value);
  size_t at = strlen(link);
  while (n) link[at++] = digits[--n];
  link[at] = 0;
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  if (strncmp(path, share, strlen(share))) return 0;
  if (statx(fd, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &found)) return 0;
  /* A name is new since the rename that made it, which changes ctime; a folder's ctime changes with its content. */
  int is_folder = (found.stx_mode & S_IFMT) == S_IFDIR;
  if (is_folder && !(found.stx_mask & STATX_BTIME)) return 0;
  struct statx_timestamp *since = is_folder ? &found.stx_btime : &found.stx_ctime;
  real_clock(CLOCK_REALTIME, &now);
  int64_t age = (now.tv_sec - since->tv_sec) * 1000LL + (now.tv_nsec - (int64_t)since->tv_nsec) / 1000000;
  return age < orders[1];
}
struct dirent64 *readdir64(DIR *folder) {
  struct dirent64 *entry;
  while ((entry = real_readdir64(folder)) && is_hidden(folder, entry->d_name)) {}
  return entry;
}
struct dirent *readdir(DIR *folder) { return (struct dirent *)readdir64(folder); }
"""


class Seam:
    """The library of one run. `is_there` says whether it could be made."""

    def __init__(self, folder: Path, share: Path) -> None:
        self._orders = folder / "seam.orders"
        self._library = folder / "seam.so"
        self._share = share
        self._orders.write_bytes(bytes(12))
        self.is_there = sys.platform == "linux" and self._compile(folder / "seam.c")

    def environment(self, skew_s: float = 0.0, *, is_mortal: bool = False) -> dict[str, str]:
        """What a process needs to run on this seam; a mortal one dies when the steps are over that it is given."""
        if not self.is_there:
            return {}
        return {
            "LD_PRELOAD": str(self._library),
            "CHAOS_SEAM": str(self._orders),
            "CHAOS_SHARE": str(self._share),
            "CHAOS_SKEW_S": str(skew_s),
            **({"CHAOS_MORTAL": "1"} if is_mortal else {}),
        }

    def order(self, *, slow_ms: int = 0, late_ms: int = 0) -> None:
        """Change what the share does, for all processes at once."""
        with self._orders.open("r+b") as file:
            file.write(struct.pack("=2i", slow_ms, late_ms))

    def give_mortals(self, steps: int) -> None:
        """Kill whichever mortal process takes the last of so many steps."""
        with self._orders.open("r+b") as file:
            file.seek(8)
            file.write(struct.pack("=i", steps))

    def _compile(self, source: Path) -> bool:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            return False
        source.write_text(_SOURCE, "ascii")
        command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(self._library), str(source), "-ldl"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
