/* work.c: work on the memory and the descriptor of a mapping that runs in a thread of the pool, and
 * answers with a promise. */
#include "binding.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

static void execute(napi_env env, void *data)
{
  (void)env;
  pool_work *todo = data;
  todo->result = todo->run(todo);
  /* ORDER: publishes the result; from here on a close may take the pages and the descriptor. */
  atomic_store(&todo->done, true);
}

static void unlink_work(const pool_work *done)
{
  pool_work **at = &done->of->works;
  while (*at != done) at = &(*at)->next;
  *at = done->next;
}

static void complete(napi_env env, napi_status status, void *data)
{
  (void)status;
  pool_work *todo = data;
  unlink_work(todo);
  mapping_release(todo->of);
  /* Cancelled by a close, which did the work; or by the end of this thread, which did not. */
  if (!atomic_load(&todo->done)) todo->result = -ECANCELED;
  bool plain = todo->answer == NULL;
  napi_value answer = plain ? code_value(env, todo->result) : todo->answer(env, todo);
  napi_resolve_deferred(env, todo->deferred, answer);
  napi_delete_async_work(env, todo->work);
  free(todo);
}

void works_finish(napi_env env, mapping *of)
{
  struct timespec pause = {.tv_nsec = 100000};
  for (pool_work *todo = of->works; todo != NULL; todo = todo->next) {
    /* All threads of the pool may be busy with work that waits for this very thread. */
    if (!atomic_load(&todo->done) && napi_cancel_async_work(env, todo->work) == napi_ok) {
      execute(env, todo);
    }
    while (!atomic_load(&todo->done)) nanosleep(&pause, NULL);
  }
}

napi_value work_start(napi_env env, pool_work *todo, const char *label)
{
  napi_value promise;
  napi_value name;
  if (napi_create_string_utf8(env, label, NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_async_work(env, NULL, name, execute, complete, todo, &todo->work) != napi_ok) {
    free(todo);
    return code_value(env, -EINVAL);
  }
  if (napi_create_promise(env, &todo->deferred, &promise) != napi_ok ||
      napi_queue_async_work(env, todo->work) != napi_ok) {
    napi_delete_async_work(env, todo->work);
    free(todo);
    return code_value(env, -ENOMEM);
  }
  /* `complete` runs on this thread, later: the list and the reference are in time. */
  mapping *of = todo->of;
  atomic_fetch_add(&of->references, 1);
  todo->next = of->works;
  of->works = todo;
  return promise;
}
