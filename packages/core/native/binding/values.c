/* values.c: JavaScript numbers to C and back. */
#include "binding.h"

#include <limits.h>

arguments arguments_read(napi_env env, napi_callback_info info)
{
  arguments read = {.env = env, .count = MAX_ARGUMENTS, .valid = true};
  if (napi_get_cb_info(env, info, &read.count, read.values, NULL, NULL) != napi_ok) read.count = 0;
  if (read.count > MAX_ARGUMENTS) read.count = MAX_ARGUMENTS;
  return read;
}

static double argument_number(arguments *from, size_t index)
{
  double number = 0;
  if (index >= from->count ||
      napi_get_value_double(from->env, from->values[index], &number) != napi_ok) {
    from->valid = false;
    return 0;
  }
  return number;
}

uint64_t argument_uint64(arguments *from, size_t index)
{
  double number = argument_number(from, index);
  /* 2^53: above it numbers are not exact. The comparison is false for NaN too. */
  if (!(number >= 0 && number <= 9007199254740992.0)) {
    from->valid = false;
    return 0;
  }
  return (uint64_t)number;
}

uint32_t argument_uint32(arguments *from, size_t index)
{
  uint64_t number = argument_uint64(from, index);
  if (number > UINT32_MAX) from->valid = false;
  return (uint32_t)number;
}

int argument_fd(arguments *from, size_t index)
{
  double number = argument_number(from, index);
  if (!(number >= -1 && number <= INT_MAX)) {
    from->valid = false;
    return -1;
  }
  return (int)number;
}

bool argument_bool(arguments *from, size_t index)
{
  bool value = false;
  if (index >= from->count ||
      napi_get_value_bool(from->env, from->values[index], &value) != napi_ok) {
    from->valid = false;
  }
  return value;
}

napi_value number_value(napi_env env, double number)
{
  napi_value value = NULL;
  napi_create_double(env, number, &value);
  return value;
}

napi_value code_value(napi_env env, int code)
{
  napi_value value = NULL;
  napi_create_int32(env, code, &value);
  return value;
}

void set_number(napi_env env, napi_value object, const char *name, double number)
{
  napi_set_named_property(env, object, name, number_value(env, number));
}

void set_function(napi_env env, napi_value object, const char *name, napi_callback function)
{
  napi_value value;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value) != napi_ok) return;
  napi_set_named_property(env, object, name, value);
}
