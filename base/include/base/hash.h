/* hash.h - 64-bit hashes for contents and file checksums (not cryptographic): FNV-1a over bytes,
 * and a chain over words for what is large. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HASH_START UINT64_C(0xcbf29ce484222325)

/* hash_bytes - continue `hash` (HASH_START at first) over n bytes. cost: O(n) */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n);

/* hash_words - continue `hash` over n bytes as words of eight, lowest byte first; what is left
 * behind the last word goes byte by byte. So bytes may come in pieces, if all but the last are
 * whole words. Any change of one word changes the hash. cost: O(n), an eighth of hash_bytes */
uint64_t hash_words(uint64_t hash, const void *bytes, size_t n);

/* hash_words_twice - continue two hashes over the same bytes, in the time of one. */
void hash_words_twice(uint64_t hash[2], const void *bytes, size_t n);

/* hash_text - over the bytes of text and its closing 0. */
uint64_t hash_text(uint64_t hash, const char *text);

/* hash_u64 - continue over the eight bytes of value, lowest first, on every machine alike. */
uint64_t hash_u64(uint64_t hash, uint64_t value);

#ifdef __cplusplus
}
#endif
#endif
