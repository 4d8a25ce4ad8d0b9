/* checksum.c: XXH64, written from its specification (xxhash_spec.md, version 0.1.1), one call for
 * all of the data. */
#include "internal.h"

static const uint64_t PRIME_1 = UINT64_C(0x9E3779B185EBCA87);
static const uint64_t PRIME_2 = UINT64_C(0xC2B2AE3D27D4EB4F);
static const uint64_t PRIME_3 = UINT64_C(0x165667B19E3779F9);
static const uint64_t PRIME_4 = UINT64_C(0x85EBCA77C2B2AE63);
static const uint64_t PRIME_5 = UINT64_C(0x27D4EB2F165667C5);

static uint64_t rotate(uint64_t value, unsigned count)
{
  return value << count | value >> (64 - count);
}

/* Little-endian, whatever the machine is. */
static uint64_t word(const uint8_t *at, size_t size)
{
  uint64_t value = 0;
  for (size_t index = 0; index < size; index++) value |= (uint64_t)at[index] << (8 * index);
  return value;
}

static uint64_t round_of(uint64_t lane, uint64_t input)
{
  return rotate(lane + input * PRIME_2, 31) * PRIME_1;
}

static uint64_t merge(uint64_t hash, uint64_t lane)
{
  return (hash ^ round_of(0, lane)) * PRIME_1 + PRIME_4;
}

static uint64_t stripes(const uint8_t **at, size_t *left, uint64_t seed)
{
  uint64_t lanes[4] = {seed + PRIME_1 + PRIME_2, seed + PRIME_2, seed, seed - PRIME_1};
  for (; *left >= 32; *at += 32, *left -= 32) {
    for (size_t lane = 0; lane < 4; lane++) {
      lanes[lane] = round_of(lanes[lane], word(*at + 8 * lane, 8));
    }
  }
  uint64_t hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) +
                  rotate(lanes[3], 18);
  for (size_t lane = 0; lane < 4; lane++) hash = merge(hash, lanes[lane]);
  return hash;
}

uint64_t tm__checksum(const void *data, size_t length, uint64_t seed)
{
  const uint8_t *at = data;
  size_t left = length;
  uint64_t hash = length >= 32 ? stripes(&at, &left, seed) : seed + PRIME_5;
  hash += length;
  for (; left >= 8; at += 8, left -= 8) {
    hash = rotate(hash ^ round_of(0, word(at, 8)), 27) * PRIME_1 + PRIME_4;
  }
  for (; left >= 4; at += 4, left -= 4) {
    hash = rotate(hash ^ word(at, 4) * PRIME_1, 23) * PRIME_2 + PRIME_3;
  }
  for (; left > 0; at++, left--) hash = rotate(hash ^ *at * PRIME_5, 11) * PRIME_1;
  hash = (hash ^ hash >> 33) * PRIME_2;
  hash = (hash ^ hash >> 29) * PRIME_3;
  return hash ^ hash >> 32;
}
