// Starts the UI: fonts, tokens, the words of the preferred language, then the application.
import '@fontsource-variable/inter';
import './app.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { preferredLanguage, setLanguage } from '$lib/i18n/index.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no #app element');
await setLanguage(preferredLanguage()).catch(() => setLanguage('en'));
mount(App, { target });
