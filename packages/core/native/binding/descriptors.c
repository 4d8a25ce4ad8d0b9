/* descriptors.c: opening, measuring, locking and trimming files. They are opened here and not by
 * node:fs, which in a worker thread closes at its end the descriptors it opened, whoever owns the
 * numbers by then. */
#include "binding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* openFile(path: Uint8Array ending in a zero byte, flags, mode) -> descriptor | code */
static napi_value open_file(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  uint32_t flags = argument_uint32(&from, 1);
  uint32_t mode = argument_uint32(&from, 2);
  napi_typedarray_type type;
  size_t size = 0;
  void *path = NULL;
  napi_value buffer;
  size_t offset;
  if (!from.valid ||
      napi_get_typedarray_info(env, from.values[0], &type, &size, &path, &buffer, &offset) !=
          napi_ok ||
      size == 0 || memchr(path, 0, size) != (char *)path + size - 1) {
    return code_value(env, -EINVAL);
  }
  return code_value(env, environment_hold(env, tm_file_open(path, flags, mode)));
}

/* duplicate(fd) -> descriptor | code */
static napi_value duplicate(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  return code_value(env, from.valid ? environment_hold(env, tm_file_duplicate(fd)) : -EINVAL);
}

/* closeFile(fd) -> code */
static napi_value close_file(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  if (!from.valid) return code_value(env, -EINVAL);
  environment_let_go(env, fd);
  return code_value(env, tm_file_close(fd));
}

/* memoryFile(byteLength) -> descriptor | code */
static napi_value memory_file(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  uint64_t length = argument_uint64(&from, 0);
  return code_value(env, from.valid ? environment_hold(env, tm_file_memory(length)) : -EINVAL);
}

/* fileLength(fd) -> bytes | code */
static napi_value file_length(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  uint64_t length = 0;
  int result = from.valid ? tm_file_length(fd, &length) : -EINVAL;
  return number_value(env, result == 0 ? (double)length : result);
}

/* dataEnd(fd, floor) -> bytes | code */
static napi_value data_end(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  uint64_t floor = argument_uint64(&from, 1);
  uint64_t end = 0;
  int result = from.valid ? tm_file_data_end(fd, floor, &end) : -EINVAL;
  return number_value(env, result == 0 ? (double)end : result);
}

/* truncate(fd, byteLength) -> code */
static napi_value truncate_file(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  uint64_t length = argument_uint64(&from, 1);
  return code_value(env, from.valid ? tm_file_truncate(fd, length) : -EINVAL);
}

/* extendFile(fd, byteEnd) -> code */
static napi_value extend_file(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  uint64_t end = argument_uint64(&from, 1);
  return code_value(env, from.valid ? tm_file_extend(fd, end) : -EINVAL);
}

/* punchHole(fd, byteOffset, byteLength) -> code */
static napi_value punch_hole(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  uint64_t offset = argument_uint64(&from, 1);
  uint64_t length = argument_uint64(&from, 2);
  return code_value(env, from.valid ? tm_file_punch_hole(fd, offset, length) : -EINVAL);
}

/* presence(fd, presence, wait) -> code */
static napi_value presence(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  uint32_t wanted = argument_uint32(&from, 1);
  bool wait = argument_bool(&from, 2);
  if (!from.valid || wanted > TM_PRESENCE_ALONE) return code_value(env, -EINVAL);
  return code_value(env, tm_file_presence(fd, (enum tm_presence)wanted, wait));
}

/* lockRange(fd, byteOffset, byteLength, lock) -> code. Closing the descriptor lets the lock go. */
static napi_value lock_range(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  uint64_t offset = argument_uint64(&from, 1);
  uint64_t length = argument_uint64(&from, 2);
  uint32_t lock = argument_uint32(&from, 3);
  if (!from.valid || (lock != TM_LOCK_SHARED && lock != TM_LOCK_EXCLUSIVE)) {
    return code_value(env, -EINVAL);
  }
  return code_value(env, tm_file_lock(fd, offset, length, (enum tm_lock)lock));
}

/* mark(fd, floor) -> code */
static napi_value mark(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  uint64_t floor = argument_uint64(&from, 1);
  return code_value(env, from.valid ? tm_file_mark(fd, floor) : -EINVAL);
}

/* raiseMark(fd, floor) -> code */
static napi_value raise_mark(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  uint64_t floor = argument_uint64(&from, 1);
  return code_value(env, from.valid ? tm_file_raise_mark(fd, floor) : -EINVAL);
}

/* unmark(fd) -> code */
static napi_value unmark(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  return code_value(env, from.valid ? tm_file_unmark(fd) : -EINVAL);
}

/* markedFloor(fd) -> bytes, -1 when the file is not marked, -2 when it cannot be */
static napi_value marked_floor(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  int fd = argument_fd(&from, 0);
  uint64_t floor = 0;
  int marked = from.valid ? tm_file_marked(fd, &floor) : -EINVAL;
  return number_value(env, marked == 1 ? (double)floor : marked == 0 ? -1 : -2);
}

void descriptors_define(napi_env env, napi_value exports)
{
  set_function(env, exports, "openFile", open_file);
  set_function(env, exports, "duplicate", duplicate);
  set_function(env, exports, "closeFile", close_file);
  set_function(env, exports, "memoryFile", memory_file);
  set_function(env, exports, "fileLength", file_length);
  set_function(env, exports, "dataEnd", data_end);
  set_function(env, exports, "truncate", truncate_file);
  set_function(env, exports, "extendFile", extend_file);
  set_function(env, exports, "punchHole", punch_hole);
  set_function(env, exports, "presence", presence);
  set_function(env, exports, "lockRange", lock_range);
  set_function(env, exports, "mark", mark);
  set_function(env, exports, "raiseMark", raise_mark);
  set_function(env, exports, "unmark", unmark);
  set_function(env, exports, "markedFloor", marked_floor);
}
