/* waiting.c: waiting for words of mapped memory, on this thread or by a promise; and who waits. */
#include "binding.h"
#include "event_loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* A wait that JavaScript has started and not heard of again. */
typedef struct pending {
  tm_wait wait;
  waiting *owner;
  mapping *of;
  uint32_t id;
  int result;
  struct pending *next; /* pending ones of this thread; only it touches the list */
  struct pending *previous;
  struct pending *next_ended;
} pending;

/* What each JavaScript thread has that ever waited for a promise. */
struct waiting {
  napi_env env;
  uv_async_t *async;
  napi_ref on_end; /* called with (id, result) */
  pending *started;
  pthread_mutex_t lock; /* of the ended ones, which come from the waiter's thread */
  pending *first_ended;
  pending *last_ended;
};

/* ---- The end of a wait -------------------------------------------------------------------- */

/* Runs on the waiter's thread. */
static void on_ended(tm_wait *wait, int result)
{
  pending *done = (pending *)wait; /* its first member */
  waiting *owner = done->owner;
  done->result = result;
  pthread_mutex_lock(&owner->lock);
  done->next_ended = NULL;
  if (owner->last_ended != NULL) {
    owner->last_ended->next_ended = done;
  } else {
    owner->first_ended = done;
  }
  owner->last_ended = done;
  pthread_mutex_unlock(&owner->lock);
  uv_async_send(owner->async);
}

static void forget(pending *done)
{
  waiting *owner = done->owner;
  if (done->next != NULL) done->next->previous = done->previous;
  if (done->previous != NULL) {
    done->previous->next = done->next;
  } else {
    owner->started = done->next;
  }
  /* A program that waits for nothing else any more may end. */
  if (owner->started == NULL && owner->async != NULL) uv_unref((uv_handle_t *)owner->async);
  mapping_release(done->of);
  free(done);
}

static pending *take_ended(waiting *owner)
{
  pthread_mutex_lock(&owner->lock);
  pending *first = owner->first_ended;
  if (first != NULL) owner->first_ended = first->next_ended;
  if (owner->first_ended == NULL) owner->last_ended = NULL;
  pthread_mutex_unlock(&owner->lock);
  return first;
}

static void tell(waiting *owner, uint32_t id, int result)
{
  napi_env env = owner->env;
  napi_value callback = NULL;
  napi_value receiver;
  if (napi_get_reference_value(env, owner->on_end, &callback) != napi_ok || callback == NULL ||
      napi_get_global(env, &receiver) != napi_ok) {
    return;
  }
  napi_value values[] = {number_value(env, id), code_value(env, result)};
  napi_make_callback(env, NULL, receiver, callback, 2, values, NULL);
  /* It settles a promise and throws nothing; but this thread may be ending. */
  napi_value error;
  bool thrown = false;
  if (napi_is_exception_pending(env, &thrown) == napi_ok && thrown &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok) {
    napi_fatal_exception(env, error);
  }
}

static void on_wake(uv_async_t *async)
{
  waiting *self = uv_handle_get_data((uv_handle_t *)async);
  napi_handle_scope scope;
  if (napi_open_handle_scope(self->env, &scope) != napi_ok) return;
  pending *done;
  while (self->async != NULL && (done = take_ended(self)) != NULL) {
    uint32_t id = done->id;
    int result = done->result;
    forget(done);
    tell(self, id, result);
  }
  napi_close_handle_scope(self->env, scope);
}

/* ---- Life --------------------------------------------------------------------------------- */

static void free_async(uv_handle_t *async)
{
  free(async);
}

/* The thread ends: nobody waits any more. */
static void end_waiting(void *data)
{
  waiting *self = data;
  for (pending *at = self->started; at != NULL; at = at->next) tm_wait_cancel(&at->wait);
  /* From here on the waiter's thread knows none of them. */
  uv_handle_t *async = (uv_handle_t *)self->async;
  self->async = NULL;
  while (self->started != NULL) forget(self->started);
  self->first_ended = self->last_ended = NULL;
  uv_close(async, free_async);
  pthread_mutex_destroy(&self->lock);
  environment_set_waiting(self->env, NULL);
  free(self);
}

static waiting *create(napi_env env, napi_value on_end)
{
  struct uv_loop_s *loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return NULL;
  waiting *self = calloc(1, sizeof *self);
  uv_async_t *async = calloc(1, uv_handle_size(UV_ASYNC));
  if (self == NULL || async == NULL || uv_async_init(loop, async, on_wake) != 0) {
    free(self);
    free(async);
    return NULL;
  }
  self->env = env;
  self->async = async;
  pthread_mutex_init(&self->lock, NULL);
  napi_create_reference(env, on_end, 1, &self->on_end);
  uv_handle_set_data((uv_handle_t *)async, self);
  uv_unref((uv_handle_t *)async);
  napi_add_env_cleanup_hook(env, end_waiting, self);
  environment_set_waiting(env, self);
  return self;
}

/* onWaitEnd(callback: (id, result) => void) -> code. Once in each thread. */
static napi_value on_wait_end(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  napi_valuetype type = napi_undefined;
  if (from.count < 1 || napi_typeof(env, from.values[0], &type) != napi_ok ||
      type != napi_function || environment_waiting(env) != NULL) {
    return code_value(env, -EINVAL);
  }
  return code_value(env, create(env, from.values[0]) == NULL ? -ENOMEM : 0);
}

/* ---- Words -------------------------------------------------------------------------------- */

static _Atomic uint32_t *argument_words(arguments *from, mapping *of, size_t index, uint32_t count)
{
  uint64_t offset = argument_uint64(from, index);
  if (!from->valid) return NULL;
  size_t size = tm_region_length(of->region);
  if (offset > size || count > (size - offset) / 4 || (offset & 3) != 0) {
    from->valid = false;
    return NULL;
  }
  return (_Atomic uint32_t *)((char *)tm_region_base(of->region) + offset);
}

/* Milliseconds, or none when negative, as nanoseconds. */
static int64_t argument_timeout(arguments *from, size_t index)
{
  double ms = -1;
  if (index >= from->count ||
      napi_get_value_double(from->env, from->values[index], &ms) != napi_ok) {
    from->valid = false;
  }
  if (!(ms >= 0 && ms < 9e12)) return INT64_MAX;
  return (int64_t)(ms * 1e6);
}

static int64_t deadline_after(int64_t timeout)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  int64_t now = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
  return timeout > INT64_MAX - now ? INT64_MAX : now + timeout;
}

/* startWait(handle, byteOffset, value, timeoutMs, ownersOffset, ownerCount, id) -> code */
static napi_value start_wait(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  mapping *of = argument_open_mapping(&from, 0);
  waiting *owner = environment_waiting(env);
  uint32_t owner_count = argument_uint32(&from, 5);
  uint32_t id = argument_uint32(&from, 6);
  if (!from.valid || owner == NULL || owner_count > 1024) return code_value(env, -EINVAL);
  pending *started = calloc(1, sizeof *started);
  if (started == NULL) return code_value(env, -ENOMEM);
  started->wait = (tm_wait){
      .word = argument_words(&from, of, 1, 1),
      .value = argument_uint32(&from, 2),
      .deadline = deadline_after(argument_timeout(&from, 3)),
      .owners = argument_words(&from, of, 4, 2 * owner_count),
      .owner_count = owner_count,
      .ended = on_ended,
  };
  started->owner = owner;
  started->of = of;
  started->id = id;
  int result = from.valid ? tm_wait_start(&started->wait) : -EINVAL;
  if (result != 0) {
    free(started);
    return code_value(env, result);
  }
  atomic_fetch_add(&of->references, 1);
  if (owner->started == NULL) uv_ref((uv_handle_t *)owner->async);
  started->next = owner->started;
  if (owner->started != NULL) owner->started->previous = started;
  owner->started = started;
  return code_value(env, 0);
}

/* cancelWait(id) -> whether it was waiting; if so it is not told of any more. */
static napi_value cancel_wait(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  uint32_t id = argument_uint32(&from, 0);
  waiting *owner = environment_waiting(env);
  if (!from.valid || owner == NULL) return code_value(env, 0);
  pending *at = owner->started;
  while (at != NULL && at->id != id) at = at->next;
  if (at == NULL || !tm_wait_cancel(&at->wait)) return code_value(env, 0);
  forget(at);
  return code_value(env, 1);
}

/* waitHere(handle, byteOffset, value, timeoutMs) -> code */
static napi_value wait_here(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  mapping *of = argument_open_mapping(&from, 0);
  const _Atomic uint32_t *word = from.valid ? argument_words(&from, of, 1, 1) : NULL;
  uint32_t value = argument_uint32(&from, 2);
  int64_t timeout = argument_timeout(&from, 3);
  return code_value(env, from.valid ? tm_wait_here(word, value, timeout) : -EINVAL);
}

/* wake(handle, byteOffset, count) -> how many | code */
static napi_value wake(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  mapping *of = argument_open_mapping(&from, 0);
  const _Atomic uint32_t *word = from.valid ? argument_words(&from, of, 1, 1) : NULL;
  uint32_t count = argument_uint32(&from, 2);
  return code_value(env, from.valid ? tm_wake(word, count) : -EINVAL);
}

/* waitThreads() -> number */
static napi_value wait_threads(napi_env env, napi_callback_info info)
{
  (void)info;
  return number_value(env, tm_wait_threads());
}

/* ---- Owners ------------------------------------------------------------------------------- */

/* ownerSelf() -> { token, check, boot, space } of this thread | code */
static napi_value owner_self(napi_env env, napi_callback_info info)
{
  (void)info;
  tm_owner self;
  int result = tm_owner_self(&self);
  if (result != 0) return code_value(env, result);
  tm_world world = tm_world_self();
  napi_value value;
  napi_create_object(env, &value);
  set_number(env, value, "token", self.token);
  set_number(env, value, "check", self.check);
  set_number(env, value, "boot", world.boot);
  set_number(env, value, "space", world.space);
  return value;
}

/* ownerIsDead(token, check) -> boolean */
static napi_value owner_is_dead(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  tm_owner owner = {.token = argument_uint32(&from, 0), .check = argument_uint32(&from, 1)};
  napi_value value;
  napi_get_boolean(env, from.valid && tm_owner_is_dead(owner), &value);
  return value;
}

void waiting_define(napi_env env, napi_value exports)
{
  set_function(env, exports, "onWaitEnd", on_wait_end);
  set_function(env, exports, "startWait", start_wait);
  set_function(env, exports, "cancelWait", cancel_wait);
  set_function(env, exports, "waitHere", wait_here);
  set_function(env, exports, "wake", wake);
  set_function(env, exports, "waitThreads", wait_threads);
  set_function(env, exports, "ownerSelf", owner_self);
  set_function(env, exports, "ownerIsDead", owner_is_dead);
}
