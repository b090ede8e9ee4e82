// @ts-check
// What begins with the tap on 到了, before the page of the visit stands: the camera and the search for the place.

/** @typedef {{ stream: Promise<MediaStream | null>, at: number }} Arrival */

/** @type {Arrival | null} */
let present = null;

/** Open the back camera. Null where there is none or it is refused: then the phone's own camera app is asked. */
export function openCamera() {
  const asked = navigator.mediaDevices?.getUserMedia?.({
    audio: false, video: { facingMode: { ideal: 'environment' }, width: { ideal: 1920 }, height: { ideal: 1080 } },
  });
  return asked ? asked.catch(() => null) : Promise.resolve(null);
}

export function arrive() {
  present = { stream: openCamera(), at: performance.now() };
}

/** @returns {Arrival | null} once: a reload begins no camera by itself */
export function takeArrival() {
  const taken = present;
  present = null;
  return taken;
}

/** @param {MediaStream | null} stream */
export function close(stream) {
  for (const track of stream?.getTracks() || []) track.stop();
}
