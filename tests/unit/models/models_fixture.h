// models_fixture.h - what the tests of models share: arenas, folders, small networks.
#ifndef TESTS_MODELS_FIXTURE_H
#define TESTS_MODELS_FIXTURE_H

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <dirent.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "models/generate.h"
#include "models/input.h"
#include "models/network.h"
#include "models/reference.h"

struct ModelsTest : testing::Test {
    ModelsTest() : arena(arena_new())
    {
        char name[] = "/tmp/egret-models-XXXXXX";
        folder = mkdtemp(name);
    }

    ~ModelsTest() override
    {
        remove_folder(folder);
        arena_free(arena);
    }

    ModelsTest(const ModelsTest &) = delete;
    ModelsTest &operator=(const ModelsTest &) = delete;

    static void remove_folder(const std::string &path)
    {
        if (DIR *listing = opendir(path.c_str())) {
            while (const dirent *entry = readdir(listing)) {
                const std::string name = entry->d_name, inner = path + "/" + name;
                if (name == "." || name == "..")
                    continue;
                if (file_is_folder(inner.c_str()))
                    remove_folder(inner);
                else
                    std::remove(inner.c_str());
            }
            closedir(listing);
        }
        rmdir(path.c_str());
    }

    std::vector<std::string> names_in_folder(const std::string &path) const
    {
        std::vector<std::string> names;
        if (DIR *listing = opendir(path.c_str())) {
            while (const dirent *entry = readdir(listing)) {
                if (entry->d_name[0] != '.')
                    names.push_back(entry->d_name);
            }
            closedir(listing);
        }
        return names;
    }

    std::string at(const std::string &name) const
    {
        return folder + "/" + name;
    }

    static void write(const std::string &path, const std::string &bytes)
    {
        std::remove(
            path.c_str()); // some file systems wait for the disk when a file is cut to nothing
        std::ofstream out(path, std::ios::binary);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }

    static std::string read(const std::string &path)
    {
        std::ifstream in(path, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    }

    template <typename T> T *copy(const std::vector<T> &values)
    {
        T *array = static_cast<T *>(arena_alloc(arena, values.size(), sizeof(T)));
        std::copy(values.begin(), values.end(), array);
        return array;
    }

    const char *text(const std::string &value)
    {
        return arena_text(arena, value.data(), value.size());
    }

    const Network *generate(std::vector<uint32_t> sizes, double density, uint32_t n_words = 0,
                            uint64_t seed = 1, const char *cell = "egru",
                            PickRule pick = PICK_EXACT, double threshold_mean = 0.1)
    {
        GenerateOptions options = {};
        options.name = "generated";
        options.cell = cell;
        options.n_sizes = static_cast<uint32_t>(sizes.size());
        options.size = sizes.data();
        options.density = density;
        options.pick = pick;
        options.threshold_mean = threshold_mean;
        options.gain = 1;
        options.n_words = n_words;
        options.seed = seed;
        const Network *network = nullptr;
        EXPECT_EQ(network_generate(arena, &options, &network, &err), STATUS_OK) << err.message;
        return network;
    }

    // A network with the words "<eos>", "<unk>", "w2", "w3" ...
    const Network *with_words(const Network *network)
    {
        std::vector<const char *> words = {"<eos>", "<unk>"};
        for (uint32_t i = 2; i < network->n_words; i++)
            words.push_back(text("w" + std::to_string(i)));
        Network *named = copy(std::vector<Network>{*network});
        named->vocabulary = copy(words);
        return named;
    }

    const Network *load(const std::string &path)
    {
        const Network *network = nullptr;
        EXPECT_EQ(network_load(arena, path.c_str(), &network, &err), STATUS_OK) << err.message;
        return network;
    }

    InputStream token_input(const Network *network, const std::vector<uint32_t> &tokens)
    {
        InputStream input = {};
        input.network = network;
        input.name = "tokens";
        input.token = copy(tokens);
        input.n_tokens = static_cast<uint32_t>(tokens.size());
        input.n_steps = input.n_tokens - (network->has_decoder ? 1 : 0);
        return input;
    }

    InputStream vector_input(const Network *network, const std::vector<float> &values)
    {
        InputStream input = {};
        input.network = network;
        input.name = "vectors";
        input.vector = copy(values);
        input.n_steps = static_cast<uint32_t>(values.size()) / network->n_inputs;
        return input;
    }

    const ReferenceRun *run(const Network *network, const InputStream &input,
                            ReferenceOptions options = {})
    {
        const ReferenceRun *result = nullptr;
        EXPECT_EQ(reference_run(arena, network, &input, &options, &result, &err), STATUS_OK)
            << err.message;
        return result;
    }

    Arena *arena;
    Err err = {};
    std::string folder;
};

#endif
