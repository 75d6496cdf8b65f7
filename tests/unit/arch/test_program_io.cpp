// program_save.c, program_load.c: what is saved is loaded; damaged files are refused, never believed.
#include <cstdio>
#include <fstream>

#include <unistd.h>

#include "base/hash.h"
#include "base/rng.h"
#include "program_fixture.h"

namespace
{

struct ProgramIo : ProgramTest {
    std::string path;

    void SetUp() override
    {
        ProgramTest::SetUp();
        path = testing::TempDir() + "egret_program_" + std::to_string(getpid()) + ".egp";
    }
    ~ProgramIo() override
    {
        remove(path.c_str());
    }

    std::string saved()
    {
        EXPECT_EQ(program_save(arena, &program, path.c_str(), &err), STATUS_OK) << err.message;
        std::ifstream stream(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    Status load_bytes(const std::string &bytes, const Program **out)
    {
        remove(path.c_str()); // writing over it would make some file systems wait for the disk
        std::ofstream(path, std::ios::binary) << bytes;
        err = {};
        return program_load(arena, path.c_str(), out, &err);
    }
    // Make length and checksum right for the content, as an attacker would.
    static void reseal(std::string &bytes)
    {
        uint64_t length = bytes.size();
        for (size_t i = 0; i < 8; i++)
            bytes[16 + i] = static_cast<char>(length >> (8 * i));
        uint64_t sum = hash_words(HASH_START, bytes.data(), bytes.size() - 8);
        for (size_t i = 0; i < 8; i++)
            bytes[bytes.size() - 8 + i] = static_cast<char>(sum >> (8 * i));
    }
};

TEST_F(ProgramIo, LoadedProgramIsTheSavedOne)
{
    std::string bytes = saved();
    const Program *loaded = nullptr;
    ASSERT_EQ(program_load(arena, path.c_str(), &loaded, &err), STATUS_OK) << err.message;
    EXPECT_EQ(loaded->hash, program.hash);
    EXPECT_EQ(program_check(loaded, chip, &err), STATUS_OK) << err.message;
    EXPECT_STREQ(loaded->network_name, "by-hand");
    EXPECT_EQ(loaded->network_hash, 77u);
    EXPECT_EQ(loaded->reset_steps, 9u);
    ASSERT_EQ(loaded->n_cores, 3u);
    EXPECT_EQ(loaded->core[1].n_slices, 2u);
    EXPECT_EQ(loaded->core[2].slice[0].input.index_bytes, 4u);
    EXPECT_EQ(loaded->layer[1].parameter, 0.5f);
    EXPECT_EQ(program_route(loaded, 0, 24)->to_host, 1u);
    EXPECT_EQ(image_f32(loaded->core[0].image, loaded->core[0].slice[0].input.weight_offset + 4),
              -2);
    ASSERT_EQ(program_save(arena, loaded, path.c_str(), &err), STATUS_OK);
    EXPECT_EQ(saved(), bytes); // byte for byte
}

TEST_F(ProgramIo, EveryTruncationIsRefused)
{
    std::string bytes = saved();
    for (size_t n = 0; n < bytes.size(); n++) {
        const Program *loaded = nullptr;
        ASSERT_EQ(load_bytes(bytes.substr(0, n), &loaded), STATUS_INPUT) << n;
        ASSERT_EQ(loaded, nullptr);
        ASSERT_EQ(std::string(err.message).rfind(path + ": ", 0), 0u);
    }
    const Program *loaded = nullptr;
    EXPECT_EQ(load_bytes(bytes.substr(0, 200), &loaded), STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("has 200 bytes; expected "), std::string::npos)
        << err.message;
    EXPECT_EQ(load_bytes(bytes + "x", &loaded), STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("it is too long"), std::string::npos) << err.message;
}

TEST_F(ProgramIo, EveryChangedByteIsRefused)
{
    std::string bytes = saved();
    for (size_t at = 0; at < bytes.size(); at++) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
        const Program *loaded = nullptr;
        ASSERT_EQ(load_bytes(damaged, &loaded), STATUS_INPUT) << at;
        ASSERT_EQ(loaded, nullptr);
    }
}

TEST_F(ProgramIo, ForeignFilesAndVersionsAreNamed)
{
    const Program *loaded = nullptr;
    EXPECT_EQ(load_bytes("format: egret-chip\n", &loaded), STATUS_INPUT);
    EXPECT_EQ(err.message, path + ": is no Egret program; expected it to begin with EGRETPRG");
    std::string bytes = saved();
    bytes[8] = PROGRAM_FORMAT_VERSION + 1;
    EXPECT_EQ(load_bytes(bytes, &loaded), STATUS_INPUT);
    EXPECT_EQ(err.message, path + ": has format version 4; expected 3");
    bytes = saved();
    bytes[100] = static_cast<char>(bytes[100] ^ 1);
    EXPECT_EQ(load_bytes(bytes, &loaded), STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find(": is damaged: its checksum is "), std::string::npos);
    EXPECT_EQ(program_load(arena, "/none.egp", &loaded, &err), STATUS_IO);
}

// With the checksum made right again only the checks stand between the damage and whoever runs the Program:
// it is refused cleanly or is still a Program. (Under AddressSanitizer a wrong read shows.)
TEST_F(ProgramIo, DamageBehindARightChecksumIsRefusedOrHarmless)
{
    const std::string bytes = saved();
    Rng rng = rng_make(51, 0);
    const uint64_t values[] = {0,   1,          2,          3,          127,           255,
                               256, 0x7fffffff, 0xffffffff, UINT64_MAX, UINT64_MAX - 3};
    int n_good = 0;
    const int n_rounds = 4000;
    for (int i = 0; i < n_rounds; i++) {
        std::string damaged = bytes;
        for (uint64_t n = 1 + rng_below(&rng, 2); n > 0; n--) {
            size_t at = 24 + rng_below(&rng, bytes.size() - 40);
            uint64_t value = values[rng_below(&rng, std::size(values))];
            size_t width = size_t{1} << rng_below(&rng, 4);
            for (size_t b = 0; b < width; b++)
                damaged[at + b] = static_cast<char>(value >> (8 * b));
        }
        if (i % 5 == 0)
            damaged.erase(24 + rng_below(&rng, bytes.size() - 40), 1 + rng_below(&rng, 8));
        reseal(damaged);
        const Program *loaded = nullptr;
        Status status = load_bytes(damaged, &loaded);
        ASSERT_TRUE(status == STATUS_OK || status == STATUS_INPUT);
        ASSERT_EQ(status == STATUS_OK, loaded != nullptr);
        if (loaded == nullptr) {
            ASSERT_EQ(std::string(err.message).rfind(path + ": ", 0), 0u) << err.message;
        } else {
            n_good++;
        }
        arena_reset(arena);
    }
    EXPECT_GT(n_good, n_rounds / 20); // other weights, other names: still a Program
    EXPECT_LT(n_good, n_rounds * 9 / 10);
}

TEST_F(ProgramIo, UnsealedProgramIsABug)
{
    images[0][0] ^= 1;
    EXPECT_EXIT(program_save(arena, &program, path.c_str(), &err), testing::ExitedWithCode(70),
                "hash");
}

TEST_F(ProgramIo, UnwritableTargetIsNamed)
{
    EXPECT_EQ(program_save(arena, &program, "/none/x.egp", &err), STATUS_IO);
    EXPECT_STREQ(err.message, "/none/x.egp: cannot write: No such file or directory");
    EXPECT_EQ(program_save(arena, &program, "/dev/full", &err), STATUS_IO);
}

} // namespace
