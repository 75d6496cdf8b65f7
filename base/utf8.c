/* utf8.c - validity of UTF-8 (RFC 3629, section 4).
 *
 * The second byte of a sequence has a narrower range after the lead bytes E0, ED, F0 and F4: that
 * is what rules out overlong forms, surrogates and code points above U+10FFFF.
 */
#include "base/utf8.h"

#include <stdint.h>

static size_t length_by_lead(uint8_t lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef)
        return 3;
    if (lead >= 0xf0 && lead <= 0xf4)
        return 4;
    return 0;
}

size_t utf8_length(const char *text, size_t n)
{
    if (n == 0)
        return 0;
    uint8_t lead = (uint8_t)text[0];
    size_t length = length_by_lead(lead);
    if (length > n)
        return 0;
    for (size_t i = 1; i < length; i++) {
        uint8_t byte = (uint8_t)text[i];
        uint8_t low = 0x80, high = 0xbf;
        if (i == 1) {
            low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : low;
            high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : high;
        }
        if (byte < low || byte > high)
            return 0;
    }
    return length;
}

size_t utf8_valid(const char *text, size_t n)
{
    size_t at = 0;
    while (at < n) {
        size_t length = utf8_length(text + at, n - at);
        if (length == 0)
            return at;
        at += length;
    }
    return n;
}
