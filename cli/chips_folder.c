/* chips_folder.c - finds the chip descriptions that come with Egret.
 *
 * In this order: the environment variable EGRET_CHIPS; share/egret/chips beside the folder of the
 * program (an installed Egret); the source tree that the program was built from.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "base/file.h"
#include "commands.h"

enum { PATH_BYTES = 4096 };

const char *chips_folder(Arena *arena)
{
    const char *given = getenv("EGRET_CHIPS");
    char path[PATH_BYTES];

    if (given && given[0] != '\0')
        return given;
    ssize_t n_bytes = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n_bytes > 0) {
        path[n_bytes] = '\0';
        char *slash = strrchr(path, '/');
        if (slash) {
            *slash = '\0';
            const char *installed = arena_printf(arena, "%s/../share/egret/chips", path);
            if (file_is_folder(installed))
                return installed;
        }
    }
    return EGRET_SOURCE_CHIPS;
}
