// Threads that encode chunks while the recorder drains the ring and writes: encoding costs several times what draining does, and a chunk needs
// no other chunk. At level `refs` one thread alone would hold the program up.
//
// The recorder's own thread encodes as well, but only while the program waits for room, soon will, or has ended. It would else take the time of
// a processor from the program or, where there are two, from the thread of the pool: the system leaves both on one processor for milliseconds, and
// the other one idle when the program waits for them.

import Glibc
import TraceFormat

/// Encodes jobs in the background. `submit` and `wait` are called by one thread.
///
/// Safe: the queue is touched only under `mutex`; a job belongs to a worker from `submit` until `wait` returns.
@safe final class EncodingPool {
  private let shared: UnsafeMutablePointer<Shared>
  private var threads: [pthread_t] = []

  @unsafe private struct Shared {
    var mutex = unsafe pthread_mutex_t()
    /// A job came, or the pool ends.
    var work = pthread_cond_t()
    /// A job was done.
    var done = pthread_cond_t()
    var queue: [ChunkJob] = []
    /// Jobs that a thread has taken and not finished.
    var running: [ChunkJob] = []
    var isEnding = false
  }

  /// So often a waiting caller asks whether it is free: much less than a chunk takes.
  private static let askNanoseconds = 500_000

  /// How many threads are worth it: one core stays with the program.
  static var usefulThreads: Int { max(1, min(4, sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1)) }

  /// Starts `count` threads; fewer, also none, when the system refuses: `wait` then encodes itself.
  init(threads count: Int) {
    unsafe shared = .allocate(capacity: 1)
    unsafe shared.initialize(to: Shared())
    unsafe pthread_mutex_init(&shared.pointee.mutex, nil)
    unsafe pthread_cond_init(&shared.pointee.work, nil)
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(&shared.pointee.done, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
    for _ in 0..<count {
      var thread = pthread_t()
      let started = unsafe pthread_create(
        &thread, nil,
        { argument in
          if let argument = unsafe argument { unsafe EncodingPool.work(argument.assumingMemoryBound(to: Shared.self)) }
          return nil
        }, shared)
      if started == 0 { threads.append(thread) }
    }
  }

  /// Gives a job to the threads.
  func submit(_ job: ChunkJob) {
    unsafe pthread_mutex_lock(&shared.pointee.mutex)
    unsafe shared.pointee.queue.append(job)
    unsafe pthread_cond_signal(&shared.pointee.work)
    unsafe pthread_mutex_unlock(&shared.pointee.mutex)
  }

  /// Returns when the job is encoded. While `isFree` says so the caller encodes too: this job if no thread has begun it, else others.
  func wait(for job: ChunkJob, encoder: ChunkEncoder, isFree: () -> Bool) {
    unsafe pthread_mutex_lock(&shared.pointee.mutex)
    while true {
      let place = unsafe shared.pointee.queue.firstIndex { $0 === job }
      if place == nil, unsafe !shared.pointee.running.contains(where: { $0 === job }) { break }
      if let next = unsafe place ?? shared.pointee.queue.indices.first, threads.isEmpty || isFree() {
        unsafe Self.encode(next, shared, encoder)
      } else {
        waitForNews()
      }
    }
    unsafe pthread_mutex_unlock(&shared.pointee.mutex)
  }

  /// Waits until a job is done, or it is time to ask again. Called with the mutex locked.
  private func waitForNews() {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    let nanoseconds = time.tv_nsec + Self.askNanoseconds
    var end = timespec(tv_sec: time.tv_sec + nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
    unsafe _ = pthread_cond_timedwait(&shared.pointee.done, &shared.pointee.mutex, &end)
  }

  /// Encodes the job at `place` of the queue. Called and left with the mutex locked.
  private static func encode(_ place: Int, _ shared: UnsafeMutablePointer<Shared>, _ encoder: ChunkEncoder) {
    let job = unsafe shared.pointee.queue.remove(at: place)
    unsafe shared.pointee.running.append(job)
    unsafe pthread_mutex_unlock(&shared.pointee.mutex)
    job.encode(with: encoder)
    unsafe pthread_mutex_lock(&shared.pointee.mutex)
    unsafe shared.pointee.running.removeAll { $0 === job }
    unsafe pthread_cond_broadcast(&shared.pointee.done)
  }

  /// Ends the threads. No job may be outstanding.
  func end() {
    unsafe pthread_mutex_lock(&shared.pointee.mutex)
    unsafe shared.pointee.isEnding = true
    unsafe pthread_cond_broadcast(&shared.pointee.work)
    unsafe pthread_mutex_unlock(&shared.pointee.mutex)
    for thread in threads { pthread_join(thread, nil) }
    threads = []
    unsafe shared.deinitialize(count: 1)
    unsafe shared.deallocate()
  }

  private static func work(_ shared: UnsafeMutablePointer<Shared>) {
    let encoder = ChunkEncoder()
    unsafe pthread_mutex_lock(&shared.pointee.mutex)
    while true {
      while unsafe shared.pointee.queue.isEmpty {
        if unsafe shared.pointee.isEnding {
          unsafe pthread_mutex_unlock(&shared.pointee.mutex)
          return
        }
        unsafe pthread_cond_wait(&shared.pointee.work, &shared.pointee.mutex)
      }
      unsafe encode(0, shared, encoder)
    }
  }
}
