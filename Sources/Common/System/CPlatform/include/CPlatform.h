#ifndef BLOCKHAUL_CPLATFORM_H
#define BLOCKHAUL_CPLATFORM_H

#include "blockhaul_arguments.h"
#include "blockhaul_crc32c.h"
#include "blockhaul_curl.h"
#include "blockhaul_md5.h"
#include "blockhaul_memory.h"
#include "blockhaul_rename.h"
#include "blockhaul_sha256.h"
#include "blockhaul_thread.h"
#include "blockhaul_xor.h"

#endif
