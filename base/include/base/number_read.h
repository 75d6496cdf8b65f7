/* number_read.h - numbers out of text: a number from its first to its last character, or none. */
#ifndef BASE_NUMBER_READ_H
#define BASE_NUMBER_READ_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum NumberRead {
    NUMBER_READ,     /* a number, and *out is it                                      */
    NUMBER_NONE,     /* something else: a sign, a leading zero, text behind the digits */
    NUMBER_TOO_LARGE /* digits of a number above UINT64_MAX, or that no double holds   */
} NumberRead;

/* number_read_u64 - decimal digits without a leading zero. *out is 0 unless it is NUMBER_READ. */
NumberRead number_read_u64(const char *text, uint64_t *out);

/* number_read_real - [-+] whole [. digits] [e [-+] digits]; never a negative zero. The process must
 * be in the "C" locale, which the program never leaves. */
NumberRead number_read_real(const char *text, double *out);

#ifdef __cplusplus
}
#endif
#endif
