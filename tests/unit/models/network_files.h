// network_files.h - files of a small network, as text and bytes that tests can bend.
#ifndef TESTS_MODELS_NETWORK_FILES_H
#define TESTS_MODELS_NETWORK_FILES_H

#include "models_fixture.h"

struct TensorBytes {
    std::string name, dtype;
    std::vector<uint64_t> shape;
    std::string bytes;
};

struct NetworkFiles : ModelsTest {
    template <typename T> static std::string raw(const std::vector<T> &values)
    {
        return std::string(reinterpret_cast<const char *>(values.data()),
                           values.size() * sizeof(T));
    }

    static std::string with_header(const std::string &header, const std::string &data)
    {
        const std::vector<uint64_t> length = {header.size()};
        return raw(length) + header + data;
    }

    static std::string entry(const TensorBytes &tensor, uint64_t begin, uint64_t end)
    {
        std::string text =
            "\"" + tensor.name + "\":{\"dtype\":\"" + tensor.dtype + "\",\"shape\":[";
        for (size_t i = 0; i < tensor.shape.size(); i++)
            text += (i == 0 ? "" : ",") + std::to_string(tensor.shape[i]);
        return text + "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(end) +
               "]}";
    }

    static std::string safetensors(const std::vector<TensorBytes> &tensors)
    {
        std::string header = "{\"__metadata__\":{\"format\":\"pt\"}", data;
        for (const TensorBytes &tensor : tensors) {
            header += "," + entry(tensor, data.size(), data.size() + tensor.bytes.size());
            data += tensor.bytes;
        }
        return with_header(header + "}", data);
    }

    // Two inputs, two units: a dense kernel, a sparse recurrent kernel.
    static std::vector<TensorBytes> tensors()
    {
        return {
            {"layers.0.kernel",
             "F32",
             {2, 6},
             raw<float>({1, 2, 3, 4, 5, 6, 0, -1, 0, 0.5f, 0, 0})},
            {"layers.0.recurrent_kernel.row_start", "U32", {3}, raw<uint32_t>({0, 2, 3})},
            {"layers.0.recurrent_kernel.col", "U16", {3}, raw<uint16_t>({1, 4, 0})},
            {"layers.0.recurrent_kernel.weight", "F32", {3}, raw<float>({0.25f, -0.5f, 2})},
            {"layers.0.bias", "F32", {6}, raw<float>({0, 0, 0, 0, 1, -1})},
            {"layers.0.recurrent_bias", "F32", {6}, raw<float>({0, 0, 0, 0, 0, 0})},
            {"layers.0.threshold", "F32", {2}, raw<float>({0.5f, -3})},
        };
    }

    static std::string yaml()
    {
        return "format: egret-network\n"
               "version: 1\n"
               "name: tiny\n"
               "inputs: 2\n"
               "state:\n"
               "  carry: full\n"
               "layers:\n"
               "  - name: first\n"
               "    cell: egru\n"
               "    units: 2\n"
               "    threshold: value\n";
    }

    static std::string replaced(std::string text, const std::string &from, const std::string &to)
    {
        const size_t place = text.find(from);
        EXPECT_NE(place, std::string::npos) << from;
        return place == std::string::npos ? text : text.replace(place, from.size(), to);
    }

    void put(const std::string &yaml_text, const std::string &weights)
    {
        file_make_folder(at("net").c_str(), nullptr, nullptr);
        write(at("net/network.yaml"), yaml_text);
        write(at("net/weights.safetensors"), weights);
    }

    // Status of loading what was put; the message must be one line.
    Status try_load(const Network **out)
    {
        err = {};
        const Status status = network_load(arena, at("net").c_str(), out, &err);
        EXPECT_EQ(status == STATUS_OK, *out != nullptr);
        EXPECT_EQ(status, err.status) << err.message;
        EXPECT_EQ(std::strchr(err.message, '\n'), nullptr);
        return status;
    }

    void refused(const std::string &yaml_text, const std::string &weights,
                 const std::string &fragment)
    {
        put(yaml_text, weights);
        const Network *network = nullptr;
        EXPECT_EQ(try_load(&network), STATUS_INPUT) << fragment;
        EXPECT_NE(std::string(err.message).find(fragment), std::string::npos)
            << "expected: " << fragment << "\nfound: " << err.message;
    }
};

#endif
