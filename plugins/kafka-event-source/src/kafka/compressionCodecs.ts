import zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import { compressFrame, decompressFrame } from 'lz4-napi'
import { compress as snappyCompress, uncompress as snappyUncompress } from 'snappy'

type Codec = {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

/** Teaches KafkaJS, which brings gzip only, the other compressions of Kafka's producers. */
export function registerCompressionCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  CompressionCodecs[CompressionTypes.Snappy] = () => snappy
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstd
}

const zstd: Codec = {
  compress: async ({ buffer }) => ofNode(zlib.zstdCompressSync)(buffer),
  decompress: async (bytes) => ofNode(zlib.zstdDecompressSync)(bytes),
}

function ofNode<T>(zstdFunction: T | undefined): T {
  if (zstdFunction === undefined) {
    throw new kafkajs.KafkaJSNonRetriableError(
      `the topic has records compressed with zstd, which Node.js ${process.version} does not know: use 22.15 or later`,
    )
  }
  return zstdFunction
}

const lz4: Codec = {
  compress: ({ buffer }) => compressFrame(buffer),
  decompress: (bytes) => decompressFrame(bytes),
}

const snappy: Codec = {
  compress: ({ buffer }) => snappyCompress(buffer),
  decompress: async (bytes) => Buffer.concat(await Promise.all(snappyBlocks(bytes).map(snappyBlock))),
}

const snappyBlock = async (block: Buffer): Promise<Buffer> =>
  (await snappyUncompress(block, { asBuffer: true })) as Buffer

/** What the blocks of Java's snappy stream begin with: this mark, then two version numbers of 4 bytes. */
const JAVA_STREAM = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const JAVA_STREAM_HEADER_BYTES = 16

/** One block as most clients write it, or the blocks of Java's stream, each behind its length in 4 bytes. */
function snappyBlocks(bytes: Buffer): Buffer[] {
  if (!bytes.subarray(0, JAVA_STREAM.length).equals(JAVA_STREAM)) return [bytes]
  const blocks: Buffer[] = []
  for (let start = JAVA_STREAM_HEADER_BYTES; start < bytes.length; ) {
    const length = bytes.readUInt32BE(start)
    blocks.push(bytes.subarray(start + 4, start + 4 + length))
    start += 4 + length
  }
  return blocks
}
