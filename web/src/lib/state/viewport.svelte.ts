// Whether the screen is a phone's.

const PHONE = '(max-width: 720px)';
const query = window.matchMedia(PHONE);
const state = $state({ phone: query.matches });
query.addEventListener('change', (event) => {
  state.phone = event.matches;
});

export const viewport = {
  get phone(): boolean {
    return state.phone;
  },
};
