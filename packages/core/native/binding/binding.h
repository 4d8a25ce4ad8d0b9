/* binding.h: between Node-API and the native core. Arguments in, codes out: what is wrong with an
 * argument is said in TypeScript, which checks each before it gets here; a call that was wrong all
 * the same gives -EINVAL. */
#ifndef TIDEMARK_BINDING_H
#define TIDEMARK_BINDING_H

#include "tidemark.h"

#include <node_api.h>
#include <stdatomic.h>

/* ---- values.c ----------------------------------------------------------------------------- */

enum { MAX_ARGUMENTS = 12 };

typedef struct arguments {
  napi_env env;
  size_t count;
  napi_value values[MAX_ARGUMENTS];
  bool valid; /* false once a reader below met a value of another type */
} arguments;

arguments arguments_read(napi_env env, napi_callback_info info);
uint64_t argument_uint64(arguments *from, size_t index);
uint32_t argument_uint32(arguments *from, size_t index);
int argument_fd(arguments *from, size_t index); /* -1 for none */
bool argument_bool(arguments *from, size_t index);

napi_value number_value(napi_env env, double number);
napi_value code_value(napi_env env, int code);
void set_number(napi_env env, napi_value object, const char *name, double number);
void set_function(napi_env env, napi_value object, const char *name, napi_callback function);

/* ---- mappings.c --------------------------------------------------------------------------- */

typedef struct environment environment;

/* What a handle in JavaScript refers to. Lives until it and all buffers over it are gone. */
typedef struct mapping {
  tm_region *region; /* NULL once retired */
  environment *owner;
  struct mapping *next_of_owner;
  struct mapping *previous_of_owner;
  _Atomic uint32_t references; /* the handle, and one for each external buffer and pool work */
  struct pool_work *works;     /* given to the pool, and not reported yet */
  bool closed;
  bool foreign;                         /* the memory's addresses belong to the engine */
  tm_fault last_faults[TM_FAULTS_KEPT]; /* of a retired region, not yet taken */
  uint32_t last_kept;
  uint32_t last_count;
} mapping;

/* Gives up one of its references; the last ends it. On any thread. */
void mapping_release(mapping *of);
/* The mapping of argument `index` (NULL, and from->valid false, when it is not a handle). */
mapping *argument_mapping(arguments *from, size_t index);
/* The same, whose region is open. */
mapping *argument_open_mapping(arguments *from, size_t index);
void mappings_define(napi_env env, napi_value exports);

/* ---- environment.c: what one JavaScript thread has ---------------------------------------- */

environment *environment_of(napi_env env);
int environment_create(napi_env env);
void environment_adopt(environment *owner, mapping *adopted);
void environment_forget(mapping *forgotten);
/* Descriptors that were opened here, until they are closed or a mapping's: a thread that ends in
 * between closes them, and lets go of the locks they hold. Give a code, or no descriptor, too. */
int environment_hold(napi_env env, int fd);
void environment_let_go(napi_env env, int fd);
void environment_define(napi_env env, napi_value exports);

/* What the thread has of waiting.c: its waits for promises. */
typedef struct waiting waiting;
waiting *environment_waiting(napi_env env);
void environment_set_waiting(napi_env env, waiting *of);

/* ---- work.c: work in the thread pool ------------------------------------------------------ */

/* The first member of what is allocated (with calloc) for one piece of work. */
typedef struct pool_work {
  mapping *of;
  struct pool_work *next; /* of the same mapping; only its thread touches the list */
  int (*run)(struct pool_work *todo);
  /* What the promise gives; NULL: the result. */
  napi_value (*answer)(napi_env env, struct pool_work *todo);
  int result;
  napi_deferred deferred;
  napi_async_work work;
  _Atomic bool done; /* `result` is there, and nothing of the mapping is used any more */
} pool_work;

/* Has the pool do it: a promise, or a code. Frees it, in the end. */
napi_value work_start(napi_env env, pool_work *todo, const char *label);
/* Waits until no work uses the mapping's pages and descriptor, doing itself what has not begun. */
void works_finish(napi_env env, mapping *of);

/* ---- one file an area --------------------------------------------------------------------- */

void descriptors_define(napi_env env, napi_value exports);
void paging_define(napi_env env, napi_value exports);
void flushing_define(napi_env env, napi_value exports);
void waiting_define(napi_env env, napi_value exports);
void tracking_define(napi_env env, napi_value exports);

#endif
