/* mappings.c: handles of mappings, and the buffers over their memory. */
#include "binding.h"

#include <errno.h>
#include <stdlib.h>

static const napi_type_tag handle_tag = {0x7b1f6a3d9c2e4f58u, 0xa4d07e95c1b83f26u};

/* ---- References --------------------------------------------------------------------------- */

static void retire(mapping *of)
{
  of->last_count = tm_region_take_faults(of->region, of->last_faults, &of->last_kept);
  tm_region_retire(of->region);
  of->region = NULL;
}

/* Nothing of this thread refers to the memory any more. An ArrayBuffer moved out of an ending
 * thread may still: it meets the placeholder, which stays for a while after this (quarantine.c). */
static void end_region(mapping *of)
{
  /* The engine may have unmapped a range of its own already, or other threads may hold it: not to
   * be touched. Only a thread that ends without closing comes here (the handle is kept). */
  if (of->foreign && !of->closed) return;
  if (!of->closed) tm_region_close(of->region, NULL);
  tm_region_retire(of->region);
}

/* Called on any thread: a shared buffer's last holder may be anywhere. */
void mapping_release(mapping *of)
{
  if (atomic_fetch_sub(&of->references, 1) != 1) return;
  environment_forget(of);
  if (of->region != NULL) {
    tm_region_notify(of->region, NULL, NULL);
    end_region(of);
  }
  free(of);
}

static void finalize_handle(napi_env env, void *data, void *hint)
{
  (void)env, (void)hint;
  mapping_release(data);
}

static void finalize_buffer(napi_env env, void *data, void *hint)
{
  (void)env, (void)data;
  mapping_release(hint);
}

static void finalize_shared_buffer(void *data, void *hint)
{
  (void)data;
  mapping_release(hint);
}

mapping *argument_mapping(arguments *from, size_t index)
{
  bool tagged = false;
  void *data = NULL;
  if (index >= from->count ||
      napi_check_object_type_tag(from->env, from->values[index], &handle_tag, &tagged) != napi_ok ||
      !tagged || napi_unwrap(from->env, from->values[index], &data) != napi_ok) {
    from->valid = false;
    return NULL;
  }
  return data;
}

mapping *argument_open_mapping(arguments *from, size_t index)
{
  mapping *found = argument_mapping(from, index);
  if (found == NULL || found->closed) {
    from->valid = false;
    return NULL;
  }
  return found;
}

/* ---- Opening ------------------------------------------------------------------------------ */

static napi_value wrap(napi_env env, mapping *opened)
{
  napi_value handle;
  if (napi_create_object(env, &handle) != napi_ok ||
      napi_wrap(env, handle, opened, finalize_handle, NULL, NULL) != napi_ok) {
    /* The descriptor stays the caller's, as after any failure. */
    int fd;
    tm_region_close(opened->region, &fd);
    tm_region_retire(opened->region);
    free(opened);
    return code_value(env, -ENOMEM);
  }
  environment_adopt(environment_of(env), opened);
  environment_let_go(env, tm_region_fd(opened->region));
  napi_type_tag_object(env, handle, &handle_tag);
  return handle;
}

static napi_value open_region(napi_env env, const tm_region_spec *spec)
{
  mapping *opened = calloc(1, sizeof *opened);
  if (opened == NULL) return code_value(env, -ENOMEM);
  int result = tm_region_open(spec, &opened->region);
  if (result != 0) {
    free(opened);
    return code_value(env, result);
  }
  atomic_store(&opened->references, 1);
  opened->foreign = (spec->flags & TM_REGION_FOREIGN_RANGE) != 0;
  return wrap(env, opened);
}

/* The memory of the Uint8Array in argument `index`, if there is one: a range to map over. */
static void *argument_range(arguments *from, size_t index, size_t length)
{
  napi_typedarray_type type;
  size_t size = 0;
  void *data = NULL;
  napi_value buffer;
  size_t offset;
  if (index >= from->count || napi_get_typedarray_info(from->env, from->values[index], &type, &size,
                                                       &data, &buffer, &offset) != napi_ok) {
    return NULL;
  }
  /* A growable buffer reserves whole pages up to its maximum, which TypeScript chose as `length`;
   * its view shows less. */
  if (((uintptr_t)data & (tm_page_size() - 1)) != 0 || size > length) from->valid = false;
  return data;
}

/* open(source, strategy, access, flags, fd, fileOffset, length, stepMin, stepMax, range?)
 *   -> handle | code */
static napi_value open_mapping(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  tm_region_spec spec = {
      .source = (enum tm_source)argument_uint32(&from, 0),
      .strategy = (enum tm_strategy)argument_uint32(&from, 1),
      .access = (enum tm_access)argument_uint32(&from, 2),
      .flags = argument_uint32(&from, 3),
      .fd = argument_fd(&from, 4),
      .file_offset = argument_uint64(&from, 5),
      .length = (size_t)argument_uint64(&from, 6),
      .step_min = argument_uint64(&from, 7),
      .step_max = argument_uint64(&from, 8),
  };
  spec.base = argument_range(&from, 9, spec.length);
  spec.flags &= ~(unsigned)TM_REGION_FOREIGN_RANGE;
  if (spec.base != NULL) spec.flags |= TM_REGION_FOREIGN_RANGE;
  size_t page_mask = tm_page_size() - 1;
  uint64_t all = spec.length | spec.file_offset | spec.step_min | spec.step_max;
  bool aligned = (all & page_mask) == 0;
  bool known = spec.source <= TM_SOURCE_ANONYMOUS && spec.strategy <= TM_STRATEGY_TRACKED &&
               spec.access <= TM_ACCESS_READ_WRITE;
  if (!from.valid || !known || !aligned || spec.length == 0) return code_value(env, -EINVAL);
  return open_region(env, &spec);
}

/* ---- Buffers ------------------------------------------------------------------------------ */

/* In Node from 22.23.3, 24.16 and 26.1 on; older ones resolve it to NULL. */
__attribute__((weak)) napi_status node_api_create_external_sharedarraybuffer(
    napi_env env, void *data, size_t length, void (*finalize)(void *data, void *hint), void *hint,
    napi_value *result);

static bool external_shared_buffers(void)
{
  return node_api_create_external_sharedarraybuffer != NULL;
}

/* buffer(handle, byteOffset, byteLength, shared) -> ArrayBuffer | SharedArrayBuffer | code */
static napi_value create_buffer(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  mapping *of = argument_open_mapping(&from, 0);
  uint64_t offset = argument_uint64(&from, 1);
  uint64_t length = argument_uint64(&from, 2);
  bool shared = argument_bool(&from, 3);
  if (!from.valid) return code_value(env, -EINVAL);
  size_t size = tm_region_length(of->region);
  if (offset > size || length > size - offset) return code_value(env, -EINVAL);
  char *data = (char *)tm_region_base(of->region) + offset;
  napi_value buffer = NULL;
  napi_status status;
  atomic_fetch_add(&of->references, 1);
  if (!shared) {
    status = napi_create_external_arraybuffer(env, data, (size_t)length, finalize_buffer, of,
                                              &buffer);
  } else if (external_shared_buffers()) {
    status = node_api_create_external_sharedarraybuffer(env, data, (size_t)length,
                                                        finalize_shared_buffer, of, &buffer);
  } else {
    status = napi_generic_failure;
  }
  if (status == napi_ok) return buffer;
  /* The reference is kept: some versions have called the finalizer already, some have not, and a
   * mapping that is freed late is better than one freed twice. */
  bool is_pending = false;
  if (napi_is_exception_pending(env, &is_pending) == napi_ok && is_pending) {
    napi_value error;
    napi_get_and_clear_last_exception(env, &error);
  }
  return code_value(env, status == napi_no_external_buffers_allowed ? -ENOTSUP : -ENOMEM);
}

/* ---- Closing ------------------------------------------------------------------------------ */

/* detach(buffer) -> code. For Node 20; later ones abort here when the buffer was marked as
 * untransferable, and have ArrayBuffer.prototype.transfer instead. */
static napi_value detach(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  bool is_buffer = false;
  if (from.count < 1 || napi_is_arraybuffer(env, from.values[0], &is_buffer) != napi_ok ||
      !is_buffer) {
    return code_value(env, -EINVAL);
  }
  return code_value(env, napi_detach_arraybuffer(env, from.values[0]) == napi_ok ? 0 : -EBUSY);
}

/* close(handle, unreachable, keepDescriptor) -> descriptor when kept, else 0 | code
 * `unreachable`: no buffer over the memory can be used any more. */
static napi_value close_mapping(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  mapping *of = argument_open_mapping(&from, 0);
  bool unreachable = argument_bool(&from, 1);
  bool keep = argument_bool(&from, 2);
  if (!from.valid) return code_value(env, -EINVAL);
  of->closed = true;
  works_finish(env, of);
  int fd = -1;
  int result = tm_region_close(of->region, keep ? &fd : NULL);
  if (unreachable || of->foreign) {
    tm_region_notify(of->region, NULL, NULL);
    retire(of);
  }
  return code_value(env, keep && fd >= 0 ? environment_hold(env, fd) : result);
}

/* ---- Faults ------------------------------------------------------------------------------- */

static napi_value fault_value(napi_env env, const tm_fault *fault)
{
  napi_value value;
  napi_create_object(env, &value);
  set_number(env, value, "kind", fault->kind);
  set_number(env, value, "offset", (double)fault->offset);
  set_number(env, value, "error", fault->error);
  set_number(env, value, "write", fault->write ? 1 : 0);
  return value;
}

/* takeFaults(handle) -> undefined | { count, faults: [{ kind, offset, error, write }] } */
static napi_value take_faults(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  mapping *of = argument_mapping(&from, 0);
  if (!from.valid) return code_value(env, -EINVAL);
  tm_fault faults[TM_FAULTS_KEPT];
  uint32_t kept = of->last_kept;
  uint32_t count = of->last_count;
  for (uint32_t index = 0; index < kept; index++) faults[index] = of->last_faults[index];
  of->last_kept = 0;
  of->last_count = 0;
  if (of->region != NULL) count = tm_region_take_faults(of->region, faults, &kept);
  if (count == 0) return NULL;
  napi_value taken;
  napi_value list;
  napi_create_object(env, &taken);
  napi_create_array_with_length(env, kept, &list);
  for (uint32_t index = 0; index < kept; index++) {
    napi_set_element(env, list, index, fault_value(env, &faults[index]));
  }
  set_number(env, taken, "count", count);
  napi_set_named_property(env, taken, "faults", list);
  return taken;
}

/* descriptor(handle) -> the descriptor, still the mapping's own, or -1 | code */
static napi_value read_descriptor(napi_env env, napi_callback_info info)
{
  arguments from = arguments_read(env, info);
  mapping *of = argument_open_mapping(&from, 0);
  return code_value(env, from.valid ? tm_region_fd(of->region) : -EINVAL);
}

void mappings_define(napi_env env, napi_value exports)
{
  set_function(env, exports, "open", open_mapping);
  set_function(env, exports, "buffer", create_buffer);
  set_function(env, exports, "close", close_mapping);
  set_function(env, exports, "detach", detach);
  set_function(env, exports, "takeFaults", take_faults);
  set_function(env, exports, "descriptor", read_descriptor);
  napi_value external;
  napi_get_boolean(env, external_shared_buffers(), &external);
  napi_set_named_property(env, exports, "externalSharedBuffers", external);
}
