// The table of tensor roles: what each is called, where it stands in a file, its shape, and whether a model has it.
// Everything else asks this table; a role that other families bring (a bias, a norm of queries) is a row more.
#pragma once

#include <array>
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
  Present present = Present::kAlways;
};

// In the order of the file; rows of layers stand together, and are repeated for each. Tied models keep the embedding
// where others have the classifier, so that a token's last read is a long one.
inline constexpr std::array kRoleTable = {
    RoleRow{Role::kTokenEmbedding, "token_embedding", Scope::kModel, Kind::kMatrix, Width::kVocabulary, Width::kDim,
            Present::kUntied},
    RoleRow{Role::kAttentionNorm, "attention_norm", Scope::kLayer, Kind::kNorm, Width::kOne, Width::kDim},
    RoleRow{Role::kWq, "wq", Scope::kLayer, Kind::kMatrix, Width::kQueries, Width::kDim},
    RoleRow{Role::kWk, "wk", Scope::kLayer, Kind::kMatrix, Width::kKeysAndValues, Width::kDim},
    RoleRow{Role::kWv, "wv", Scope::kLayer, Kind::kMatrix, Width::kKeysAndValues, Width::kDim},
    RoleRow{Role::kWo, "wo", Scope::kLayer, Kind::kMatrix, Width::kDim, Width::kQueries},
    RoleRow{Role::kFfnNorm, "ffn_norm", Scope::kLayer, Kind::kNorm, Width::kOne, Width::kDim},
    RoleRow{Role::kWGate, "w_gate", Scope::kLayer, Kind::kMatrix, Width::kHidden, Width::kDim},
    RoleRow{Role::kWUp, "w_up", Scope::kLayer, Kind::kMatrix, Width::kHidden, Width::kDim},
    RoleRow{Role::kWDown, "w_down", Scope::kLayer, Kind::kMatrix, Width::kDim, Width::kHidden},
    RoleRow{Role::kFinalNorm, "final_norm", Scope::kModel, Kind::kNorm, Width::kOne, Width::kDim},
    RoleRow{Role::kTokenEmbedding, "token_embedding", Scope::kModel, Kind::kMatrix, Width::kVocabulary, Width::kDim,
            Present::kTied},
    RoleRow{Role::kClassifier, "classifier", Scope::kModel, Kind::kMatrix, Width::kVocabulary, Width::kDim,
            Present::kUntied},
};

// The row of a role; of the embedding, which has two that differ in their place alone, the first.
constexpr const RoleRow& row_of(Role role) {
  for (const RoleRow& row : kRoleTable) {
    if (row.role == role) return row;
  }
  return kRoleTable[0];
}

constexpr bool is_norm(Role role) { return row_of(role).kind == Kind::kNorm; }

}  // namespace thimble::format
