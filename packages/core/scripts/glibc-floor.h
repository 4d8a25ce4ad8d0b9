/* glibc-floor.h: lets the addon load on systems older than the one it was linked on.
 *
 * Node's own binaries run on glibc 2.28. glibc 2.32 to 2.34 moved libpthread and libdl into libc
 * and gave their functions new symbol versions; linked there, the addon would ask for those. The
 * old versions are still in every glibc and mean the same, so they are asked for by name.
 * check-binary.mjs reports any symbol that still lies above the floor: add it here when it has an
 * older version of the same meaning.
 *
 * Included before every file of the addon when it is built for Linux with glibc. */
#ifndef TIDEMARK_GLIBC_FLOOR_H
#define TIDEMARK_GLIBC_FLOOR_H

#include <sys/stat.h>

/* The first versions there are, and __fxstat's number for this layout of `struct stat`
 * (_STAT_VER in bits/stat.h, up to glibc 2.32). */
#if defined(__x86_64__)
#define TM_FLOOR_VERSION "GLIBC_2.2.5"
#define TM_FLOOR_SETNAME_VERSION "GLIBC_2.12"
#define TM_FLOOR_STAT_LAYOUT 1
#elif defined(__aarch64__)
#define TM_FLOOR_VERSION "GLIBC_2.17"
#define TM_FLOOR_SETNAME_VERSION "GLIBC_2.17"
#define TM_FLOOR_STAT_LAYOUT 0
#endif

#if defined(TM_FLOOR_VERSION)

#define TM_FLOOR(function) __asm__(".symver " #function "," #function "@" TM_FLOOR_VERSION)

TM_FLOOR(dladdr);
TM_FLOOR(dlclose);
TM_FLOOR(dlerror);
TM_FLOOR(dlopen);
TM_FLOOR(dlsym);
TM_FLOOR(pthread_attr_getstack);
TM_FLOOR(pthread_attr_getstacksize);
TM_FLOOR(pthread_attr_setguardsize);
TM_FLOOR(pthread_attr_setstacksize);
TM_FLOOR(pthread_create);
TM_FLOOR(pthread_detach);
TM_FLOOR(pthread_getattr_np);
TM_FLOOR(pthread_join);
TM_FLOOR(pthread_key_create);
TM_FLOOR(pthread_key_delete);
TM_FLOOR(pthread_kill);
TM_FLOOR(pthread_mutex_timedlock);
TM_FLOOR(pthread_mutex_trylock);
TM_FLOOR(pthread_once);
TM_FLOOR(pthread_rwlock_rdlock);
TM_FLOOR(pthread_rwlock_unlock);
TM_FLOOR(pthread_rwlock_wrlock);
TM_FLOOR(pthread_sigmask);
TM_FLOOR(sem_destroy);
TM_FLOOR(sem_init);
TM_FLOOR(sem_post);
TM_FLOOR(sem_timedwait);
TM_FLOOR(sem_trywait);
TM_FLOOR(sem_wait);
__asm__(".symver pthread_setname_np,pthread_setname_np@" TM_FLOOR_SETNAME_VERSION);

/* fstat and stat themselves are new in 2.33: before, they were inline calls of these. */
int __fxstat64(int layout, int fd, struct stat *status);
int __xstat64(int layout, const char *path, struct stat *status);
TM_FLOOR(__fxstat64);
TM_FLOOR(__xstat64);

static inline int tm__floor_fstat(int fd, struct stat *status)
{
  return __fxstat64(TM_FLOOR_STAT_LAYOUT, fd, status);
}
#define fstat tm__floor_fstat

static inline int tm__floor_stat(const char *path, struct stat *status)
{
  return __xstat64(TM_FLOOR_STAT_LAYOUT, path, status);
}
/* With its arguments: `struct stat` is another thing of the same name. */
#define stat(path, status) tm__floor_stat(path, status)

#endif
#endif
