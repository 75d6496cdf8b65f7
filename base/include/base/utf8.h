/* utf8.h - what is valid UTF-8, byte by byte. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* utf8_length - bytes (1 to 4) of the character at text, of which n bytes follow; 0 if it is cut
 * off, overlong, a surrogate or above U+10FFFF. */
size_t utf8_length(const char *text, size_t n);

/* utf8_valid - offset of the first byte that is not part of valid UTF-8, or n. cost: O(n) */
size_t utf8_valid(const char *text, size_t n);

#ifdef __cplusplus
}
#endif
#endif
