/** The one internal module of KafkaJS that is used here; KafkaJS is pinned and a test checks that it is still as expected. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  const RequestQueue: {
    prototype: { pending: unknown[]; scheduleCheckPendingRequests: () => void }
  }
  export default RequestQueue
}
