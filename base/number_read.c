/* number_read.c - numbers out of text, strictly: `010`, `3.2abc`, `.5` and `nan` are none.
 *
 * Most reals are read without strtod: where long double has 64 bits or more, up to 19 digits and ten
 * to the power of 27 are exact in it, so one product or quotient is off by half a step of long
 * double at most. If a step to both sides rounds to the same double, that is the nearest (W. D.
 * Clinger, "How to read floating point numbers accurately", 1990, has the idea). If not, strtod
 * decides, as it does on machines without such a type. */
#include "base/number_read.h"

#include <float.h>
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

#if LDBL_MANT_DIG >= 64
enum { MAX_POWER = 27 }; /* 5^27 < 2^63 */

static const long double TEN_TO_THE[MAX_POWER + 1] = {
    1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,  1e7L,  1e8L,  1e9L,
    1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L,
    1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};

/* Digits with or without a point; *exponent: of ten, of the last one. False: too many digits. */
static bool read_digits(const char **text, uint64_t *digits, int *exponent)
{
    bool behind_point = false;

    *digits = 0;
    *exponent = 0;
    for (; is_digit(**text) || **text == '.'; (*text)++) {
        if (**text == '.') {
            behind_point = true;
            continue;
        }
        if (*digits > (UINT64_MAX - 9) / 10)
            return false;
        *digits = *digits * 10 + (uint64_t)(**text - '0');
        *exponent -= behind_point;
    }
    return true;
}

/* What follows the e; anything large stands for all that is too large. */
static int read_exponent(const char *text)
{
    enum { LARGE = 1000 };
    const bool negative = *text == '-';
    int value = 0;

    for (text += *text == '-' || *text == '+'; is_digit(*text) && value < LARGE; text++)
        value = value * 10 + (*text - '0');
    return negative ? -value : value;
}

/* Of a text that is a real. False: strtod must tell. */
static bool read_quickly(const char *text, double *out)
{
    const bool negative = *text == '-';
    uint64_t digits;
    int exponent;

    text += *text == '-' || *text == '+';
    if (!read_digits(&text, &digits, &exponent))
        return false;
    if (*text != 0)
        exponent += read_exponent(text + 1);
    if (exponent < -MAX_POWER || exponent > MAX_POWER)
        return false;
    const long double value = exponent < 0 ? (long double)digits / TEN_TO_THE[-exponent]
                                           : (long double)digits * TEN_TO_THE[exponent];
    const double below = (double)(value * (1 - LDBL_EPSILON));
    const double above = (double)(value * (1 + LDBL_EPSILON));
    *out = negative ? -above : above;
    return below >= above; /* never larger: equal */
}
#else
static bool read_quickly(const char *text, double *out)
{
    (void)text;
    (void)out;
    return false;
}
#endif

NumberRead number_read_real(const char *text, double *out)
{
    double value;

    *out = 0;
    if (!is_real(text))
        return NUMBER_NONE;
    if (!read_quickly(text, &value))
        value = strtod(text, NULL);
    if (!isfinite(value))
        return NUMBER_TOO_LARGE;
    *out = value + 0.0; /* no negative zero */
    return NUMBER_READ;
}
