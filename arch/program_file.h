/* program_file.h - what writer and reader of the `.egp` file share.
 *
 * Layout, all numbers little-endian, nothing aligned:
 *   magic "EGRETPRG", version u32, zero u32, total length u64
 *   content   head, layers, cores (head, slices, image), tables, DRAM; see program_save.c
 *   checksum  u64, hash_words over all bytes before it
 * Program.hash is hash_words over the content.
 */
#ifndef ARCH_PROGRAM_FILE_H
#define ARCH_PROGRAM_FILE_H

#define PROGRAM_MAGIC "EGRETPRG"

enum { MAGIC_BYTES = 8, HEAD_BYTES = 24, CHECKSUM_BYTES = 8 };

#endif
