/* number_read.c - numbers out of text, strictly: `010`, `3.2abc`, `.5` and `nan` are none. */
#include "base/number_read.h"

#include <math.h>
#include <stdlib.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

NumberRead number_read_u64(const char *text, uint64_t *out)
{
    uint64_t value = 0;
    bool fits = true;

    *out = 0;
    if (!is_digit(*text) || (text[0] == '0' && is_digit(text[1])))
        return NUMBER_NONE;
    for (; is_digit(*text); text++) {
        const uint64_t digit = (uint64_t)(*text - '0');
        fits = fits && value <= (UINT64_MAX - digit) / 10;
        value = fits ? value * 10 + digit : 0;
    }
    if (*text != 0)
        return NUMBER_NONE;
    *out = value;
    return fits ? NUMBER_READ : NUMBER_TOO_LARGE;
}

static const char *skip_digits(const char *text)
{
    if (!is_digit(*text))
        return NULL;
    while (is_digit(*text))
        text++;
    return text;
}

static bool is_real(const char *text)
{
    if (*text == '-' || *text == '+')
        text++;
    if (text[0] == '0' && is_digit(text[1]))
        return false;
    text = skip_digits(text);
    if (text != NULL && *text == '.')
        text = skip_digits(text + 1);
    if (text != NULL && (*text == 'e' || *text == 'E')) {
        text++;
        if (*text == '-' || *text == '+')
            text++;
        text = skip_digits(text);
    }
    return text != NULL && *text == 0;
}

NumberRead number_read_real(const char *text, double *out)
{
    *out = 0;
    if (!is_real(text))
        return NUMBER_NONE;
    const double value = strtod(text, NULL);
    if (!isfinite(value))
        return NUMBER_TOO_LARGE;
    *out = value + 0.0; /* no negative zero */
    return NUMBER_READ;
}
