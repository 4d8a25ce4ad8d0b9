/* environment.c: what each JavaScript thread has: its open mappings, and the way a fault handler
 * wakes its event loop. */
#include "binding.h"
#include "event_loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct environment {
  napi_env env;
  napi_ref on_fault; /* called without arguments when a fault of any mapping was recorded */
  uv_async_t *async;
  mapping *mappings;
  waiting *waiting; /* NULL until it first waits */
  int *descriptors; /* that no mapping has; of this thread alone */
  size_t descriptor_count;
  size_t descriptor_room;
};

/* Buffers are finalized on any thread, so the lists are shared. */
static pthread_mutex_t lists = PTHREAD_MUTEX_INITIALIZER;

environment *environment_of(napi_env env)
{
  void *data = NULL;
  napi_get_instance_data(env, &data);
  return data;
}

waiting *environment_waiting(napi_env env)
{
  return environment_of(env)->waiting;
}

void environment_set_waiting(napi_env env, waiting *of)
{
  environment *self = environment_of(env);
  if (self != NULL) self->waiting = of;
}

/* ---- Faults reach the event loop ---------------------------------------------------------- */

/* Runs in the fault handler. */
static void wake(void *data)
{
  uv_async_send(data);
}

static void on_wake(uv_async_t *async)
{
  environment *self = uv_handle_get_data((uv_handle_t *)async);
  napi_handle_scope scope;
  napi_value callback = NULL;
  napi_value receiver;
  if (self->on_fault == NULL || napi_open_handle_scope(self->env, &scope) != napi_ok) return;
  if (napi_get_reference_value(self->env, self->on_fault, &callback) == napi_ok &&
      callback != NULL && napi_get_global(self->env, &receiver) == napi_ok) {
    /* A failure means that the thread is ending, or an exception that the listener threw: it
     * becomes an uncaught one, as in any callback. */
    napi_value error;
    bool thrown = false;
    napi_make_callback(self->env, NULL, receiver, callback, 0, NULL, NULL);
    if (napi_is_exception_pending(self->env, &thrown) == napi_ok && thrown &&
        napi_get_and_clear_last_exception(self->env, &error) == napi_ok) {
      napi_fatal_exception(self->env, error);
    }
  }
  napi_close_handle_scope(self->env, scope);
}

/* onFault(callback) */
static napi_value set_on_fault(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  environment *self = environment_of(env);
  napi_valuetype type = napi_undefined;
  if (from.count < 1 || napi_typeof(env, from.values[0], &type) != napi_ok ||
      type != napi_function) {
    return code_value(env, -EINVAL);
  }
  if (self->on_fault != NULL) napi_delete_reference(env, self->on_fault);
  self->on_fault = NULL;
  napi_create_reference(env, from.values[0], 1, &self->on_fault);
  return code_value(env, 0);
}

/* ---- Mappings of this thread -------------------------------------------------------------- */

void environment_adopt(environment *owner, mapping *adopted)
{
  pthread_mutex_lock(&lists);
  adopted->owner = owner;
  adopted->next_of_owner = owner->mappings;
  if (owner->mappings != NULL) owner->mappings->previous_of_owner = adopted;
  owner->mappings = adopted;
  pthread_mutex_unlock(&lists);
  tm_region_notify(adopted->region, wake, owner->async);
}

static void unlink_mapping(mapping *from)
{
  if (from->owner == NULL) return;
  if (from->next_of_owner != NULL) from->next_of_owner->previous_of_owner = from->previous_of_owner;
  if (from->previous_of_owner != NULL) {
    from->previous_of_owner->next_of_owner = from->next_of_owner;
  } else {
    from->owner->mappings = from->next_of_owner;
  }
  from->owner = NULL;
}

void environment_forget(mapping *forgotten)
{
  pthread_mutex_lock(&lists);
  unlink_mapping(forgotten);
  pthread_mutex_unlock(&lists);
}

/* ---- Descriptors between being opened and being a mapping's ------------------------------- */

/* Where it stands in the list, or past its end. The last ones come and go. */
static size_t find_descriptor(const environment *self, int fd)
{
  for (size_t index = self->descriptor_count; index > 0; index--) {
    if (self->descriptors[index - 1] == fd) return index - 1;
  }
  return self->descriptor_count;
}

int environment_hold(napi_env env, int fd)
{
  environment *self = environment_of(env);
  if (fd < 0 || find_descriptor(self, fd) < self->descriptor_count) return fd;
  if (self->descriptor_count == self->descriptor_room) {
    size_t room = self->descriptor_room == 0 ? 16 : 2 * self->descriptor_room;
    int *more = realloc(self->descriptors, room * sizeof *more);
    /* Without a place in the list it is closed by who opened it, if its thread gets that far. */
    if (more == NULL) return fd;
    self->descriptors = more;
    self->descriptor_room = room;
  }
  self->descriptors[self->descriptor_count++] = fd;
  return fd;
}

void environment_let_go(napi_env env, int fd)
{
  environment *self = environment_of(env);
  size_t index = find_descriptor(self, fd);
  if (index == self->descriptor_count) return;
  self->descriptors[index] = self->descriptors[--self->descriptor_count];
}

static void close_descriptors(environment *self)
{
  for (size_t index = 0; index < self->descriptor_count; index++) {
    tm_file_close(self->descriptors[index]);
  }
  free(self->descriptors);
  self->descriptors = NULL;
  self->descriptor_count = 0;
  self->descriptor_room = 0;
}

/* ---- Life --------------------------------------------------------------------------------- */

static void free_async(uv_handle_t *async)
{
  free(async);
}

/* The thread ends. Its mappings may live on in shared buffers, whose handlers must not wake it any
 * more. */
static void end_environment(void *data)
{
  environment *self = data;
  pthread_mutex_lock(&lists);
  while (self->mappings != NULL) {
    mapping *left = self->mappings;
    if (left->region != NULL) tm_region_notify(left->region, NULL, NULL);
    unlink_mapping(left);
  }
  pthread_mutex_unlock(&lists);
  close_descriptors(self);
  uv_handle_t *async = (uv_handle_t *)self->async;
  self->async = NULL;
  self->on_fault = NULL;
  uv_close(async, free_async);
}

static void free_environment(napi_env env, void *data, void *hint)
{
  (void)env, (void)hint;
  free(data);
}

int environment_create(napi_env env)
{
  struct uv_loop_s *loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return -EINVAL;
  environment *self = calloc(1, sizeof *self);
  uv_async_t *async = calloc(1, uv_handle_size(UV_ASYNC));
  if (self == NULL || async == NULL || uv_async_init(loop, async, on_wake) != 0) {
    free(self);
    free(async);
    return -ENOMEM;
  }
  self->env = env;
  self->async = async;
  uv_handle_set_data((uv_handle_t *)async, self);
  /* Waiting for faults keeps no process alive. */
  uv_unref((uv_handle_t *)async);
  if (napi_set_instance_data(env, self, free_environment, NULL) != napi_ok) {
    uv_close((uv_handle_t *)async, free_async);
    free(self);
    return -ENOMEM;
  }
  return napi_add_env_cleanup_hook(env, end_environment, self) == napi_ok ? 0 : -ENOMEM;
}

/* ---- The handlers ------------------------------------------------------------------------- */

static void on_signal(uv_signal_t *handle, int signal)
{
  (void)handle, (void)signal;
}

/* Listens in libuv for `signal_number` for ever, on a loop that never runs: so libuv installs its
 * handler now, and never again when the program begins and ends to listen. Called under a lock. */
static int hold_signal(int signal_number)
{
  static struct uv_loop_s *never_run;
  if (never_run == NULL) {
    struct uv_loop_s *loop = calloc(1, uv_loop_size());
    if (loop == NULL || uv_loop_init(loop) != 0) {
      free(loop);
      return -ENOMEM;
    }
    never_run = loop;
  }
  uv_signal_t *handle = calloc(1, uv_handle_size(UV_SIGNAL));
  if (handle == NULL) return -ENOMEM;
  int result = uv_signal_init(never_run, handle);
  /* A handle that could not start belongs to the loop all the same. */
  return result == 0 ? uv_signal_start(handle, on_signal, signal_number) : result;
}

/* setListening(signalNumber, listens) */
static napi_value set_listening(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  uint32_t signal_number = argument_uint32(&from, 0);
  bool listens = argument_bool(&from, 1);
  if (!from.valid) return code_value(env, -EINVAL);
  tm_faults_set_listening((int)signal_number, listens);
  return code_value(env, 0);
}

/* faultsInstalled() -> 0 | -EBUSY */
static napi_value faults_installed(napi_env env, napi_callback_info info)
{
  (void)info;
  return code_value(env, tm_faults_installed());
}

/* reinstallFaults() -> code */
static napi_value reinstall_faults(napi_env env, napi_callback_info info)
{
  (void)info;
  return code_value(env, tm_faults_reinstall());
}

/* regionCount() -> number */
static napi_value region_count(napi_env env, napi_callback_info info)
{
  (void)info;
  return number_value(env, (double)tm_region_count());
}

void environment_define(napi_env env, napi_value exports)
{
  set_function(env, exports, "onFault", set_on_fault);
  tm_faults_set_runtime(hold_signal);
  set_function(env, exports, "setListening", set_listening);
  set_function(env, exports, "faultsInstalled", faults_installed);
  set_function(env, exports, "reinstallFaults", reinstall_faults);
  set_function(env, exports, "regionCount", region_count);
}
