// The table of tensor roles: what each is called, where it stands in a file, its shape, and whether a model has it.
// Everything else asks this table; a role that other families bring (a bias, a norm of queries) is a row more.
#pragma once

#include <cstdint>

#include "thimble/model.h"

namespace thimble::format {

enum class Scope : uint8_t { kModel, kLayer };

// What a tensor is used as, which decides the types that it may have.
enum class Kind : uint8_t { kMatrix, kNorm };

// A side of a tensor, as a width of the model.
enum class Width : uint8_t { kOne, kDim, kHidden, kQueries, kKeysAndValues, kVocabulary };

enum class Present : uint8_t { kAlways, kUntied, kTied };  // by the classifier

struct RoleRow {
  Role role;
  const char* name;
  Scope scope;
  Kind kind;
  Width rows;
  Width cols;
  Present present;
};

namespace role_table {
using enum Role;
using enum Scope;
using enum Kind;
using enum Width;
using enum Present;

// In the order of the file; rows of layers stand together, and are repeated for each. Tied models keep the embedding
// where others have the classifier, so that a token's last read is a long one.
// Not a std::array of deduced size, which gcc 12 keeps in writable memory.
inline constexpr RoleRow kRoleTable[] = {
    {kTokenEmbedding, "token_embedding", kModel, kMatrix, kVocabulary, kDim, kUntied},
    {kAttentionNorm, "attention_norm", kLayer, kNorm, kOne, kDim, kAlways},
    {kWq, "wq", kLayer, kMatrix, kQueries, kDim, kAlways},
    {kWk, "wk", kLayer, kMatrix, kKeysAndValues, kDim, kAlways},
    {kWv, "wv", kLayer, kMatrix, kKeysAndValues, kDim, kAlways},
    {kWo, "wo", kLayer, kMatrix, kDim, kQueries, kAlways},
    {kFfnNorm, "ffn_norm", kLayer, kNorm, kOne, kDim, kAlways},
    {kWGate, "w_gate", kLayer, kMatrix, kHidden, kDim, kAlways},
    {kWUp, "w_up", kLayer, kMatrix, kHidden, kDim, kAlways},
    {kWDown, "w_down", kLayer, kMatrix, kDim, kHidden, kAlways},
    {kFinalNorm, "final_norm", kModel, kNorm, kOne, kDim, kAlways},
    {kTokenEmbedding, "token_embedding", kModel, kMatrix, kVocabulary, kDim, kTied},
    {kClassifier, "classifier", kModel, kMatrix, kVocabulary, kDim, kUntied},
};
}  // namespace role_table
using role_table::kRoleTable;

// The row of a role; of the embedding, which has two that differ in their place alone, the first.
constexpr const RoleRow& row_of(Role role) {
  for (const RoleRow& row : kRoleTable) {
    if (row.role == role) return row;
  }
  return kRoleTable[0];
}

constexpr bool is_norm(Role role) { return row_of(role).kind == Kind::kNorm; }

}  // namespace thimble::format
