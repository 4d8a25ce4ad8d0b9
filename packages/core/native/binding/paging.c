/* paging.c: protection, advice, locking, residency, release, and growth on demand. */
#include "binding.h"

#include <errno.h>
#include <string.h>

typedef struct range {
  mapping *of;
  void *address;
  uint64_t offset;
  size_t length;
} range;

/* Arguments 0 to 2: handle, byteOffset, byteLength: whole pages inside the region. */
static range argument_range(arguments *from)
{
  range read = {.of = argument_open_mapping(from, 0)};
  read.offset = argument_uint64(from, 1);
  uint64_t length = argument_uint64(from, 2);
  if (!from->valid) return read;
  size_t size = tm_region_length(read.of->region);
  size_t page_mask = tm_region_page_size(read.of->region) - 1;
  if (read.offset > size || length > size - read.offset ||
      ((read.offset | length) & page_mask) != 0) {
    from->valid = false;
    return read;
  }
  read.address = (char *)tm_region_base(read.of->region) + read.offset;
  read.length = (size_t)length;
  return read;
}

/* protect(handle, byteOffset, byteLength, access) -> code */
static napi_value protect(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  range pages = argument_range(&from);
  uint32_t access = argument_uint32(&from, 3);
  if (!from.valid || access > TM_ACCESS_READ_WRITE) return code_value(env, -EINVAL);
  tm_region *region = pages.of->region;
  int result = tm_region_protect(region, pages.offset, pages.length, (enum tm_access)access);
  return code_value(env, result);
}

/* advise(handle, byteOffset, byteLength, advice) -> code */
static napi_value advise(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  range pages = argument_range(&from);
  uint32_t advice = argument_uint32(&from, 3);
  if (!from.valid || advice >= TM_ADVICE_COUNT) return code_value(env, -EINVAL);
  return code_value(env, tm_pages_advise(pages.address, pages.length, (enum tm_advice)advice));
}

/* populate(handle, byteOffset, byteLength, write) -> code */
static napi_value populate(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  range pages = argument_range(&from);
  bool write = argument_bool(&from, 3);
  if (!from.valid) return code_value(env, -EINVAL);
  return code_value(env, tm_pages_populate(pages.address, pages.length, write));
}

/* lock(handle, byteOffset, byteLength) -> code */
static napi_value lock(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  range pages = argument_range(&from);
  return code_value(env, from.valid ? tm_pages_lock(pages.address, pages.length) : -EINVAL);
}

/* unlock(handle, byteOffset, byteLength) -> code */
static napi_value unlock(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  range pages = argument_range(&from);
  return code_value(env, from.valid ? tm_pages_unlock(pages.address, pages.length) : -EINVAL);
}

/* residency(handle, byteOffset, byteLength, bitmap: Uint8Array, zeros) -> pages in memory | code */
static napi_value residency(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  range pages = argument_range(&from);
  napi_typedarray_type type;
  size_t size = 0;
  void *bitmap = NULL;
  napi_value buffer;
  size_t offset;
  if (!from.valid || from.count < 4 ||
      napi_get_typedarray_info(env, from.values[3], &type, &size, &bitmap, &buffer, &offset) !=
          napi_ok ||
      size < (pages.length / tm_page_size() + 7) / 8) {
    return code_value(env, -EINVAL);
  }
  return number_value(env, (double)tm_pages_residency(pages.address, pages.length, bitmap));
}

/* release(handle, byteOffset, byteLength) -> code */
static napi_value release(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  range pages = argument_range(&from);
  if (!from.valid) return code_value(env, -EINVAL);
  return code_value(env, tm_region_release(pages.of->region, pages.offset, pages.length));
}

/* ensure(handle, byteEnd) -> code */
static napi_value ensure(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  mapping *of = argument_open_mapping(&from, 0);
  uint64_t end = argument_uint64(&from, 1);
  if (!from.valid || end > tm_region_length(of->region)) return code_value(env, -EINVAL);
  return code_value(env, end == 0 ? 0 : tm_region_ensure(of->region, end));
}

void paging_define(napi_env env, napi_value exports)
{
  set_function(env, exports, "protect", protect);
  set_function(env, exports, "advise", advise);
  set_function(env, exports, "populate", populate);
  set_function(env, exports, "lock", lock);
  set_function(env, exports, "unlock", unlock);
  set_function(env, exports, "residency", residency);
  set_function(env, exports, "release", release);
  set_function(env, exports, "ensure", ensure);
}
